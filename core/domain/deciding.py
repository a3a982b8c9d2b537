"""Approve, deny, withdraw, close: what people decide about a mapping."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from core.domain.agreeing import brings_nearer, missing
from core.domain.mapping import Cause, Decision, Ending, Mapping, Stale, Terms, Vote, WrongState, allowed, step
from core.domain.notices import Audience, Facts, Notice, Topic
from core.domain.people import Actor, Client, Person, Profile, Standing, System
from core.domain.pod import Pod
from core.domain.policy import Policy, Rule
from core.domain.port_pool import PortPool
from core.domain.refusals import (
    AlreadyVoted,
    AskerMayNot,
    NotAMember,
    NotYours,
    OnlyPeopleDecide,
    OthersHaveTo,
    OwnRequest,
)
from core.domain.request import check_permitted, endpoint_of
from core.domain.states import Event, State

OPENING_TIME: Final = timedelta(minutes=5)
"""An approved mapping that is not open after this has failed."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a grant needs beside the request.

    Attributes:
        pool: the ports there are.
        voters: those who have approved so far, as the directory knows them now.
    """

    policy: Policy
    rule: Rule
    pool: PortPool
    voters: tuple[Profile, ...] = ()


def check_decider(mapping: Mapping, profile: Profile, rule: Rule, what: str) -> Person:
    """Check that somebody may decide, and say who it is: an approver by the rule, and never the requester.

    Raises:
        OnlyPeopleDecide: a client.
        NotAMember: not a full member.
        OwnRequest: their own.
        NotYours: not among the approvers; carries who is.
    """
    person = profile.person
    if isinstance(person, Client):
        raise OnlyPeopleDecide
    if profile.standing is not Standing.MEMBER:
        raise NotAMember(person, profile.standing)
    if person == mapping.requester:
        raise OwnRequest(rule.approvers)
    if not rule.approvers.includes(profile):
        raise NotYours(what, None, rule.approvers)
    return person


def check_asker(asker: Profile, rule: Rule) -> None:
    """Check that whoever asked may still ask: people leave, and rules change.

    Raises:
        AskerMayNot: they may not.
    """
    if not rule.requesters.includes(asker):
        raise AskerMayNot(asker.person)


def still_counting(votes: Iterable[Vote], voters: Iterable[Profile], rule: Rule) -> tuple[Vote, ...]:
    """Leave out the votes of those who may not decide any more: people leave, groups and rules change.

    Who is not among ``voters`` has voted since these were looked up, and was looked up for that.
    """
    lost = {profile.person for profile in voters if not rule.approvers.includes(profile)}
    groups = {profile.person: profile.groups & rule.groups_of_sets for profile in voters}
    return tuple(replace(v, groups=groups.get(v.person, v.groups)) for v in votes if v.person not in lost)


def check_drawn(mapping: Mapping, drawn: Terms | None) -> None:
    """Check that a button was drawn for the terms in force; ``None`` comes from doors without buttons.

    Raises:
        Stale: it was not.
    """
    if drawn is not None and drawn != mapping.terms:
        raise Stale(mapping, drawn)


def approve(mapping: Mapping, profile: Profile, drawn: Terms | None, pod: Pod, room: Room, now: datetime) -> Decision:
    """Count one person's approval; the last one grants a port.

    What others agreed to before counts as long as they may approve, by the rule and the groups of now.

    Args:
        mapping: the request.
        profile: who approves, as the directory knows them now.
        drawn: the terms that the button was drawn for.
        pod: the pod of the bound UID, read just now.
        room: policy, rule and ports, and who has approved so far.
        now: the moment of the decision.

    Raises:
        WrongState: decided already, or over; carries by whom.
        Stale, OnlyPeopleDecide, NotAMember, OwnRequest, NotYours, AlreadyVoted: see there.
        OthersHaveTo: it would take the place of somebody of a set that has to agree.
        TtlTooLong, SourceNotPermitted, PortNotAllowed: the rule has become stricter since it was asked for.
        PodUnusable: the pod cannot be reached any more.
        NoFreePort: nothing is granted; the request goes on waiting.
    """
    allowed(mapping, Event.APPROVE)
    person = check_decider(mapping, profile, room.rule, "approve")
    check_drawn(mapping, drawn)
    check_in_time(mapping, Event.APPROVE, now)
    check_permitted(mapping, room.rule)
    counting = still_counting(mapping.votes, room.voters, room.rule)
    before = missing(room.rule, counting, mapping.requester)
    if any(vote.person == person for vote in counting):
        raise AlreadyVoted(before.approvals)
    voted = _voted(mapping, counting, Vote(person, now, profile.groups & room.rule.groups_of_sets))
    after = missing(room.rule, voted.votes, mapping.requester)
    if not brings_nearer(before, after):
        raise OthersHaveTo(before.sets)
    if after.approvals:
        said = Notice(Topic.APPROVED, Audience.THREAD, f"approved:{mapping.version}:{person}", {"by": str(person)})
        return step(voted, Event.APPROVE, person, now, notices=(said,), detail=_void(voted))
    return grant(voted, person, pod, room, now)


def _voted(mapping: Mapping, counting: tuple[Vote, ...], vote: Vote) -> Mapping:
    void = {lost.person: lost for lost in (*mapping.void_votes, *mapping.votes)}
    for known in (*counting, vote):
        void.pop(known.person, None)
    return replace(mapping, votes=(*counting, vote), void_votes=tuple(void.values()))


def _void(mapping: Mapping) -> Facts:
    """Say whose approval counts no longer; nothing where all do."""
    return {"void": ", ".join(str(vote.person) for vote in mapping.void_votes)} if mapping.void_votes else {}


def check_in_time(mapping: Mapping, event: Event, now: datetime) -> None:
    """Refuse a request that has lapsed, though no timer may have been there to say so.

    Raises:
        WrongState: it has.
    """
    if mapping.pending_until <= now:
        lapsed = Ending(Cause.LAPSED, System.TIMER, mapping.pending_until)
        raise WrongState(replace(mapping, state=State.LAPSED, ending=lapsed), event)


def grant(mapping: Mapping, actor: Actor, pod: Pod, room: Room, now: datetime) -> Decision:
    """Give a request its port: the last approval is there, or none is needed.

    Raises:
        WrongState, PodUnusable, NoFreePort: as for ``approve``.
    """
    endpoint = endpoint_of(pod, mapping.endpoint.port, room.rule)
    port = room.pool.choose(mapping.requester, str(mapping.target), now)
    return give_port(replace(mapping, endpoint=endpoint), actor, port, now)


def give_port(mapping: Mapping, actor: Actor, port: int, now: datetime) -> Decision:
    """Give a request a port, for it to be opened.

    Raises:
        WrongState: it does not wait any more.
    """
    granted = replace(mapping, port=port, approved_at=now, open_by=now + OPENING_TIME)
    others = isinstance(actor, System) or actor != mapping.requester
    said = Notice(Topic.GRANTED, Audience.THREAD, "granted", {"by": str(actor)}) if others else None
    detail = {"port": port, "approvals": len(mapping.votes), **_void(mapping)}
    return step(granted, Event.GRANT, actor, now, notices=(said,) if said else (), detail=detail)


def deny(mapping: Mapping, profile: Profile, rule: Rule, now: datetime) -> Decision:
    """Say no to a request; a Deny button never goes stale.

    Raises:
        WrongState, OnlyPeopleDecide, NotAMember, OwnRequest, NotYours: see there.
    """
    allowed(mapping, Event.DENY)
    check_decider(mapping, profile, rule, "deny")
    ended = replace(mapping, ending=Ending(Cause.DENIED, profile.person, now))
    facts = {"by": str(profile.person)}
    told = (
        Notice(Topic.DENIED, Audience.THREAD, "denied", facts),
        Notice(Topic.DENIED, Audience.REQUESTER, "denied:dm", facts),
    )
    return step(ended, Event.DENY, profile.person, now, notices=told)


def close(mapping: Mapping, profile: Profile, policy: Policy, rule: Rule, now: datetime) -> Decision:
    """End a mapping now, or take back a request that still waits. A Close button never goes stale.

    The requester and operators may, and whoever may approve; an approver's close of somebody's request is a denial.
    Who cannot be looked up in full is given the benefit of the doubt: to end something is always safe.

    Raises:
        WrongState: it is closing or over already; carries by whom.
        NotYours: somebody else could.
    """
    own = profile.person == mapping.requester
    operator = policy.may_be_operator(profile)
    if not (own or operator or rule.approvers.may_include(profile)):
        raise NotYours("close", mapping.requester, policy.operators, rule.approvers)
    if mapping.state is State.REQUESTED:
        return _withdraw(mapping, profile, now) if own or operator else deny(mapping, profile, rule, now)
    allowed(mapping, Event.CLOSE)
    ended = replace(mapping, ending=Ending(Cause.CLOSED, profile.person, now))
    told = () if own else (Notice(Topic.ENDED, Audience.REQUESTER, "closed:dm", {"by": str(profile.person)}),)
    return step(ended, Event.CLOSE, profile.person, now, notices=told)


def _withdraw(mapping: Mapping, profile: Profile, now: datetime) -> Decision:
    ended = replace(mapping, ending=Ending(Cause.WITHDRAWN, profile.person, now))
    facts = {"by": str(profile.person)}
    own = profile.person == mapping.requester
    dm = () if own else (Notice(Topic.WITHDRAWN, Audience.REQUESTER, "withdrawn:dm", facts),)
    told = (Notice(Topic.WITHDRAWN, Audience.THREAD, "withdrawn", facts), *dm)
    return step(ended, Event.WITHDRAW, profile.person, now, notices=told)


def retry(mapping: Mapping, profile: Profile, policy: Policy, now: datetime) -> Decision:
    """Try again to open an approved mapping whose pod did not answer.

    Raises:
        WrongState: it is not waiting to open.
        NotYours: neither the requester nor an operator.
    """
    allowed(mapping, Event.RETRY)
    if profile.person != mapping.requester and not policy.is_operator(profile):
        raise NotYours("retry", mapping.requester, policy.operators)
    return step(replace(mapping, trouble=None), Event.RETRY, profile.person, now)
