"""From what a person asks to a request that waits: every check that needs no clock but ``now``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Final

from core.domain.mapping import Decision, Mapping, Place
from core.domain.notices import Facts, card
from core.domain.people import Profile, Standing
from core.domain.pod import ContainerPort, Phase, Pod
from core.domain.policy import Policy, Rule
from core.domain.refusals import (
    NamespaceNotAllowed,
    NotAMember,
    PodUnusable,
    PortNotAllowed,
    PortUnclear,
    SourceNotPermitted,
    SourceRequired,
    TtlTooLong,
)
from core.domain.sources import Sources
from core.domain.states import Event, State
from core.domain.target import Endpoint, Target

DEBUG_WORDS: Final = ("debug", "jdwp", "jprofiler", "jmx", "pprof", "delve", "dlv")
"""Port names that contain one of these are not tried by default: such agents often serve one client only."""

_NEAR: Final = 3


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person asks for, parsed at the door; ``None`` where they left it out."""

    target: Target
    ttl: timedelta | None = None
    sources: Sources | None = None
    reason: str = ""


def admit(profile: Profile, policy: Policy, namespace: str) -> Rule:
    """Find the rule for a namespace and check that this person may ask under it.

    Raises:
        NotAMember: not a full member of the workspace.
        NamespaceNotAllowed: no rule, or not for this person.
    """
    if profile.standing is not Standing.MEMBER:
        raise NotAMember(profile.person, profile.standing)
    rule = policy.rule_for(namespace)
    if rule is None or not rule.requesters.includes(profile):
        near = near_names(namespace, requestable(profile, policy))
        raise NamespaceNotAllowed(namespace, near, rule.requesters if rule else None)
    return rule


def requestable(profile: Profile, policy: Policy) -> list[str]:
    """List the namespaces that the policy names outright (no glob) and that this person may ask for."""
    named = {name for rule in policy.rules for name in rule.namespaces if not set(name) & set("*?[")}
    return sorted(name for name in named if policy.may_request(profile, name))


def near_names(name: str, candidates: Iterable[str]) -> list[str]:
    """Suggest up to three names: those that begin alike first, then those that are spelled alike."""
    names = sorted(set(candidates))
    starts = [n for n in names if n.startswith(name) or name.startswith(n)]
    alike = [n for n in get_close_matches(name, names, n=_NEAR) if n not in starts]
    return (starts + alike)[:_NEAR]


def settle_port(target: Target, pod: Pod, usual: Sequence[str]) -> ContainerPort:
    """Find the port that is meant: the one given, else one of the ``usual`` names, else the pod's only one.

    A number needs no declaration: Kubernetes' own are informative.

    Raises:
        PortUnclear: carries the ports there are.
    """
    if isinstance(target.port, int):
        declared = next((p for p in pod.ports if p.number == target.port), None)
        return declared or ContainerPort(target.port)
    wanted = [target.port] if target.port is not None else list(usual)
    for name in wanted:
        found = next((p for p in pod.ports if p.name == name), None)
        if found:
            return found
    if target.port is None and len(pod.ports) == 1:
        return pod.ports[0]
    raise PortUnclear(target, pod.ports)


def endpoint_of(pod: Pod, port: int, rule: Rule) -> Endpoint:
    """Check that a pod can be reached now, and may be.

    Raises:
        PodUnusable: being deleted, not running, without an address, or on the node's network against the rule.
    """
    if pod.deleting:
        raise PodUnusable(pod, "is being deleted")
    if pod.phase is not Phase.RUNNING:
        raise PodUnusable(pod, f"is not running; its phase is {pod.phase}")
    if pod.address is None:
        raise PodUnusable(pod, "has no address yet; try again in a moment")
    if pod.host_network and not rule.host_network:
        raise PodUnusable(pod, "uses the node's network, where a port belongs to the node; no rule here allows that")
    return Endpoint(pod.address, port, pod.uid)


def check_terms(ask: Ask, rule: Rule) -> tuple[timedelta, Sources]:
    """Settle time and sources by the rule.

    Raises:
        TtlTooLong: more than ``max_ttl`` (or the whole life).
        SourceRequired: none given where the rule demands one.
        SourceNotPermitted: outside of the rule's.
    """
    longest = min(rule.max_ttl, rule.max_lifetime)
    ttl = ask.ttl if ask.ttl is not None else min(rule.default_ttl, longest)
    if ttl > longest:
        raise TtlTooLong(ttl, longest)
    if ask.sources is None:
        if rule.source_required:
            raise SourceRequired(ask.target.namespace)
        return ttl, rule.sources
    if not rule.sources.covers(ask.sources):
        raise SourceNotPermitted(ask.sources, rule.sources)
    return ttl, ask.sources


def request(
    ask: Ask, pod: Pod, place: Place, profile: Profile, rule: Rule, usual: Sequence[str], now: datetime
) -> Decision:
    """Make a request that waits for its approvals (or for none).

    Raises:
        Refused: one of the checks above says no.
    """
    ttl, sources = check_terms(ask, rule)
    port = settle_port(ask.target, pod, usual)
    target = ask.target.at(port.number)
    if rule.ports is not None and not rule.ports.admits(port.number, port.name):
        raise PortNotAllowed(target, rule.ports)
    mapping = Mapping(
        version=1,
        requester=profile.person,
        target=target,
        port_name=port.name,
        endpoint=endpoint_of(pod, port.number, rule),
        sources=sources,
        reason=ask.reason,
        ttl=ttl,
        place=place,
        approvers_channel=rule.approvers_channel if rule.approvals or rule.extension_approvals else None,
        probe=rule.probes(port.name, DEBUG_WORDS),
        requested_at=now,
        pending_until=now + rule.pending_ttl,
    )
    detail: Facts = {"target": str(target), "uid": pod.uid, "ttl": int(ttl.total_seconds()), "sources": str(sources)}
    return Decision(mapping, Event.REQUEST, profile.person, now, None, (card(1),), detail)


def same_wish(mapping: Mapping, profile: Profile, target: Target, sources: Sources) -> bool:
    """Whether a live mapping already is what this person asks for: the same target, for the same callers."""
    wanted = {State.REQUESTED, State.APPROVED, State.OPEN}
    return (mapping.requester, mapping.target, mapping.sources) == (profile.person, target, sources) and (
        mapping.state in wanted
    )
