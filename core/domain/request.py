"""From what a person asks to a request that waits: every check that needs no clock but ``now``."""

import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from hashlib import sha256
from typing import Final

from core.domain.mapping import IN_PERSON, NOWHERE, Decision, Mapping, Place
from core.domain.notices import Facts, card
from core.domain.people import Person, Profile, Requester
from core.domain.pod import ContainerPort, Phase, Pod
from core.domain.policy import Policy, Rule
from core.domain.refusals import (
    NamespaceNotAllowed,
    NoSourceByIpv4,
    NotAMember,
    PodUnusable,
    PortNotAllowed,
    PortUnclear,
    ReasonRequired,
    SourceNotPermitted,
    SourceRequired,
    TtlTooLong,
)
from core.domain.sources import Sources
from core.domain.states import Event, State
from core.domain.target import Endpoint, PodUid, Target, same_port_name

DEBUG_WORDS: Final = ("debug", "jdwp", "jprofiler", "jmx", "pprof", "delve", "dlv")
"""Port names that contain one of these are not tried by default: such agents often serve one client only."""

REMINDERS: Final = 2
"""Of each request, at most; who has not decided after the second one is left alone."""
_WAITING_OR_OPEN: Final = frozenset({State.REQUESTED, State.APPROVED, State.OPEN})
_NEAR: Final = 3
_NEAR_PODS: Final = 5
_COMPARED: Final = 200


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person asks for, parsed at the door; ``None`` where they left it out."""

    target: Target
    ttl: timedelta | None = None
    sources: Sources | None = None
    reason: str = ""


def fingerprint(ask: Ask) -> str:
    """Tell two requests apart by what is asked; the same text for the same request, for as long as it is kept."""
    ttl = ask.ttl.total_seconds() if ask.ttl is not None else None
    sources = [str(network) for network in ask.sources.networks] if ask.sources is not None else None
    said = [ask.target.kind, ask.target.namespace, ask.target.name, ask.target.port, ttl, sources, ask.reason]
    return sha256(json.dumps(said).encode()).hexdigest()


def again(mapping: Mapping) -> Ask:
    """Ask for the same as before: the same pod by its name, port, time, callers and reason."""
    return Ask(mapping.target, mapping.ttl, mapping.sources, mapping.reason)


def admit(profile: Profile, policy: Policy, namespace: str) -> Rule:
    """Find the rule for a namespace and check that whoever asks may ask under it.

    Raises:
        NotAMember: not a full member of the workspace, nor a client.
        NamespaceNotAllowed: no rule, or not for whoever asks.
    """
    if not profile.admitted:
        raise NotAMember(profile.person, profile.standing)
    rule = policy.rule_for(namespace)
    if rule is None or not rule.requesters.includes(profile):
        near = near_names(namespace, requestable(profile, policy))
        raise NamespaceNotAllowed(namespace, near, rule.requesters if rule else None, profile.person)
    return rule


def requestable(profile: Profile, policy: Policy) -> list[str]:
    """List the namespaces that the policy names outright (no glob) and that this person may ask for."""
    named = {name for rule in policy.rules for name in rule.namespaces if not set(name) & set("*?[")}
    return sorted(name for name in named if policy.may_request(profile, name))


def near_names(name: str, candidates: Iterable[str], most: int = _NEAR) -> list[str]:
    """Suggest a few names: those that begin alike first, then those that are spelled alike."""
    names = sorted(set(candidates))
    starts = [n for n in names if n.startswith(name) or name.startswith(n)]
    if len(starts) >= most:
        return starts[:most]
    alike = [n for n in get_close_matches(name, _around(name, names), n=most) if n not in starts]
    return (starts + alike)[:most]


def _around(name: str, names: Sequence[str]) -> Sequence[str]:
    """Take the names beside it in the alphabet: to compare thousands letter by letter would hold up everybody."""
    at = bisect_left(names, name)
    start = min(max(at - _COMPARED // 2, 0), max(len(names) - _COMPARED, 0))
    return names[start : start + _COMPARED]


def near_pods(name: str, pods: Iterable[Pod]) -> list[Pod]:
    """Suggest a few pods by name: ready ones, or where none of those is near, some that may become so."""
    there = {pod.ref.name: pod for pod in pods if not pod.finished}
    ready = [known for known, pod in there.items() if pod.ready]
    return [there[near] for near in near_names(name, ready, _NEAR_PODS) or near_names(name, there, _NEAR_PODS)]


def settle_port(target: Target, pod: Pod, usual: Sequence[str]) -> ContainerPort:
    """Find the port that is meant: the one given, else one of the ``usual`` names, else the pod's only one.

    A number needs no declaration: Kubernetes' own are informative.

    Raises:
        PortUnclear: carries the ports there are.
    """
    if isinstance(target.port, int):
        declared = next((p for p in pod.ports if p.number == target.port), None)
        return declared or ContainerPort(target.port)
    wanted = [target.port] if target.port is not None else [same_port_name(name) for name in usual]
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


def place_for(requester: Requester, rule: Rule, announce: str | None) -> Place:
    """Choose where a mapping is shown that was asked for through a door without a place of its own.

    Args:
        requester: whoever asks.
        rule: the one it is asked for under.
        announce: id of the channel for what has no other; ``None``: there is none.
    """
    if rule.approvers_channel is not None:
        return Place(rule.approvers_channel)
    if isinstance(requester, Person):
        return IN_PERSON
    return Place(announce) if announce is not None else NOWHERE


def check_terms(ask: Ask, rule: Rule) -> tuple[timedelta, Sources]:
    """Settle time and sources by the rule, and see that it is said why where it has to be.

    Raises:
        TtlTooLong: more than ``max_ttl`` (or the whole life).
        ReasonRequired: none given where the rule demands one, or it lacks its ticket.
        SourceRequired: none given where the rule demands one.
        SourceNotPermitted: outside of the rule's.
        NoSourceByIpv4: nobody could connect.
    """
    ttl = ask.ttl if ask.ttl is not None else min(rule.default_ttl, rule.max_ttl, rule.max_lifetime)
    _check_ttl(ttl, rule)
    _check_reason(ask, rule)
    sources = ask.sources
    if sources is None:
        if rule.source_required:
            raise SourceRequired(ask.target.namespace)
        sources = rule.sources
    _check_sources(sources, rule)
    if not sources.by_ipv4:
        raise NoSourceByIpv4(sources)
    return ttl, sources


def check_permitted(mapping: Mapping, rule: Rule) -> None:
    """Check what was asked for against the rule in force, which may have become stricter since.

    Raises:
        TtlTooLong, SourceNotPermitted, PortNotAllowed: as when it was asked for.
    """
    _check_ttl(mapping.ttl, rule)
    check_reach(mapping, rule)


def check_reach(mapping: Mapping, rule: Rule) -> None:
    """Check whom a mapping lets in, and to which port, against the rule in force.

    Raises:
        SourceNotPermitted, PortNotAllowed: as when it was asked for.
    """
    _check_sources(mapping.sources, rule)
    _check_port(mapping.target, ContainerPort(mapping.endpoint.port, mapping.port_name), rule)


def _check_ttl(ttl: timedelta, rule: Rule) -> None:
    longest = min(rule.max_ttl, rule.max_lifetime)
    if ttl > longest:
        raise TtlTooLong(ttl, longest)


def _check_reason(ask: Ask, rule: Rule) -> None:
    said = ask.reason.strip()
    if (rule.reason_required and not said) or (said and rule.ticket and not rule.ticket.named_in(said)):
        raise ReasonRequired(ask.target.namespace, said, rule.ticket)


def _check_sources(sources: Sources, rule: Rule) -> None:
    if not rule.sources.covers(sources):
        raise SourceNotPermitted(sources, rule.sources)


def _check_port(target: Target, port: ContainerPort, rule: Rule) -> None:
    if rule.ports is not None and not rule.ports.admits(port.number, port.name):
        raise PortNotAllowed(target, rule.ports)


def request(
    ask: Ask, pod: Pod, place: Place, requester: Requester, rule: Rule, usual: Sequence[str], now: datetime
) -> Decision:
    """Make a request that waits for its approvals (or for none).

    Raises:
        Refused: one of the checks above says no.
    """
    ttl, sources = check_terms(ask, rule)
    port = settle_port(ask.target, pod, usual)
    target = ask.target.at(port.number)
    _check_port(target, port, rule)
    mapping = Mapping(
        version=1,
        requester=requester,
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
        reminders=_reminders(rule, now),
    )
    detail: Facts = {"target": str(target), "uid": pod.uid, "ttl": int(ttl.total_seconds()), "sources": str(sources)}
    return Decision(mapping, Event.REQUEST, requester, now, None, (card(1),), detail)


def _reminders(rule: Rule, now: datetime) -> tuple[datetime, ...]:
    """Appoint the reminders that come before the lapse."""
    if rule.remind_after is None or not rule.approvals:
        return ()
    appointed = (now + rule.remind_after * number for number in range(1, REMINDERS + 1))
    return tuple(moment for moment in appointed if moment < now + rule.pending_ttl)


@dataclass(frozen=True, slots=True)
class Wish:
    """What makes two requests one: the same person, the same incarnation of the same target, the same callers."""

    requester: Requester
    target: Target
    uid: PodUid
    sources: Sources

    def is_met_by(self, mapping: Mapping, now: datetime) -> bool:
        """Whether a mapping already is what is asked for, and has not come to its end."""
        over = mapping.expires_at is not None and mapping.expires_at <= now
        there = Wish(mapping.requester, mapping.target, mapping.endpoint.uid, mapping.sources)
        return mapping.state in _WAITING_OR_OPEN and not over and there == self
