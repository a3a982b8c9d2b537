"""An approver lets through less than was asked for: a shorter time, fewer callers, another port of the pod."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.domain.deciding import check_decider, check_drawn, check_in_time
from core.domain.mapping import Amendment, Decision, Mapping, Terms, allowed, step
from core.domain.notices import Audience, Facts, Notice, Topic
from core.domain.people import Person, Profile
from core.domain.pod import ContainerPort, Pod
from core.domain.policy import Rule
from core.domain.refusals import NothingChanged, PortUnclear, Wider
from core.domain.request import DEBUG_WORDS, check_permitted, endpoint_of
from core.domain.sources import Sources
from core.domain.states import Event
from core.domain.ttl import format_ttl


@dataclass(frozen=True, slots=True)
class Change:
    """What is to hold instead."""

    ttl: timedelta
    sources: Sources
    port: int


def amend(
    mapping: Mapping, change: Change, drawn: Terms | None, profile: Profile, pod: Pod, rule: Rule, now: datetime
) -> Decision:
    """Change what a request asks for, within what was asked for; whoever approved before has to do so anew.

    It is no approval: whoever changes it approves it then, as it stands on the card.

    Args:
        mapping: the request.
        change: what is to hold.
        drawn: the terms that the form was drawn for.
        profile: who changes it, as the directory knows them now.
        pod: the pod of the bound UID, read just now.
        rule: the one in force.
        now: the moment of the decision.

    Raises:
        WrongState, Stale, OnlyPeopleDecide, NotAMember, OwnRequest, NotYours: as for an approval.
        Wider: more time or more callers than were asked for.
        NothingChanged: all of it holds already.
        PortUnclear: the pod declares no such port.
        PodUnusable, TtlTooLong, SourceNotPermitted, PortNotAllowed: not by the rule in force.
    """
    allowed(mapping, Event.AMEND)
    person = check_decider(mapping, profile, rule, "change")
    check_drawn(mapping, drawn)
    check_in_time(mapping, Event.AMEND, now)
    if change == Change(mapping.ttl, mapping.sources, mapping.endpoint.port):
        raise NothingChanged
    asked = replace(mapping.amendment, by=person, at=now) if mapping.amendment else _asked(mapping, person, now)
    _check_no_wider(change, asked)
    port = port_of(pod, change.port, mapping, asked)
    amended = replace(
        mapping,
        ttl=change.ttl,
        sources=change.sources,
        target=mapping.target.at(port.number),
        port_name=port.name,
        endpoint=endpoint_of(pod, port.number, rule),
        probe=rule.probes(port.name, DEBUG_WORDS),
        votes=(),
        void_votes=(),
        terms=Terms(mapping.terms + 1),
        amendment=asked,
    )
    check_permitted(amended, rule)
    facts: Facts = {"by": str(person), **_before_and_after(mapping, amended)}
    return step(amended, Event.AMEND, person, now, notices=_told(amended, facts), detail=facts)


def _told(amended: Mapping, facts: Facts) -> tuple[Notice, ...]:
    key = f"amended:{amended.terms}"
    return (
        Notice(Topic.AMENDED, Audience.THREAD, key, facts),
        Notice(Topic.AMENDED, Audience.REQUESTER, f"{key}:dm", facts),
    )


def port_of(pod: Pod, number: int, mapping: Mapping, asked: Amendment | None) -> ContainerPort:
    """Find the port that is meant: one that the pod declares, or the one that was asked for.

    Raises:
        PortUnclear: neither.
    """
    declared = next((port for port in pod.ports if port.number == number), None)
    if declared is not None:
        return declared
    if number in {mapping.endpoint.port, asked.port if asked else mapping.endpoint.port}:
        return ContainerPort(number)
    raise PortUnclear(replace(mapping.target, port=str(number)), pod.ports)


def _asked(mapping: Mapping, person: Person, now: datetime) -> Amendment:
    return Amendment(person, now, mapping.ttl, mapping.sources, mapping.endpoint.port)


def _check_no_wider(change: Change, asked: Amendment) -> None:
    if change.ttl > asked.ttl:
        raise Wider("ttl", f"asked for were {format_ttl(asked.ttl)}", format_ttl(asked.ttl))
    if not change.sources.networks or not asked.sources.covers(change.sources) or not change.sources.by_ipv4:
        raise Wider("sources", f"asked for were {asked.sources}", str(asked.sources))


def _before_and_after(before: Mapping, after: Mapping) -> Facts:
    """Say what has changed, each as it was and as it is."""
    was, now = _said(before), _said(after)
    changed = [name for name in now if now[name] != was[name]]
    return {**{name: now[name] for name in changed}, **{f"{name}_before": was[name] for name in changed}}


def _said(mapping: Mapping) -> Facts:
    return {"ttl": format_ttl(mapping.ttl), "sources": str(mapping.sources), "port": mapping.endpoint.port}
