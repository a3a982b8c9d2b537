"""More time: asked for, agreed to, refused.

The end moves in the row first; people hear of it once the gateway has it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.domain.deciding import check_decider, check_drawn, still_counting
from core.domain.mapping import Decision, Extension, Mapping, Terms, Vote, WrongState, allowed, step
from core.domain.notices import Audience, Notice, Topic
from core.domain.people import Actor, Person, Profile
from core.domain.policy import Policy, Rule
from core.domain.refusals import AlreadyVoted, NotYours, OverLimit, TtlTooLong
from core.domain.request import check_reach
from core.domain.states import Event
from core.domain.ttl import format_ttl

_USUAL_WARNING: Final = timedelta(minutes=10)
_LONG_ENOUGH_TO_WARN: Final = timedelta(minutes=2)


def extend(
    mapping: Mapping,
    by: timedelta,
    drawn: Terms | None,
    profile: Profile,
    policy: Policy,
    rule: Rule,
    now: datetime,
) -> Decision:
    """Move the end of an open mapping, or ask others to agree where the rule wants that.

    Raises:
        NotYours: neither the requester nor an operator; it comes first, for the others tell about the mapping.
        WrongState: the mapping has ended, or has not begun; carries the state and who put it there.
        Stale: the button was drawn for other terms than those in force.
        SourceNotPermitted, PortNotAllowed: the rule has become stricter since it was asked for.
        OverLimit: the new end lies past the longest life; carries the longest extension that is possible.
        TtlTooLong: more than the rule gives at once.
    """
    if profile.person != mapping.requester and not policy.is_operator(profile):
        raise NotYours("extend", mapping.requester, policy.operators)
    allowed(mapping, Event.EXTEND)
    if mapping.expires_at is None or mapping.expires_at <= now:
        raise WrongState(mapping, Event.EXTEND)
    check_drawn(mapping, drawn)
    check_reach(mapping, rule)
    check_length(mapping, by, rule, now)
    if rule.extension_approvals:
        return _ask(mapping, by, profile, now)
    return _move_end(mapping, by, profile.person, rule, now)


def check_length(mapping: Mapping, by: timedelta, rule: Rule, now: datetime) -> None:
    """Check a new end against the rule.

    Raises:
        TtlTooLong, OverLimit: whichever leaves less, so that what it names as possible is.
    """
    possible = longest_extension(mapping, rule, now)
    if by > possible and possible <= rule.max_ttl:
        raise OverLimit(rule.max_lifetime, possible)
    if by > rule.max_ttl:
        raise TtlTooLong(by, rule.max_ttl)


def longest_extension(mapping: Mapping, rule: Rule, now: datetime) -> timedelta:
    """How much the end can still be moved: by the longest life, counted from the opening."""
    begun = mapping.opened_at or now
    end = mapping.expires_at or now
    left = begun + rule.max_lifetime - end
    return max(timedelta(seconds=int(left.total_seconds())), timedelta())


def _ask(mapping: Mapping, by: timedelta, profile: Profile, now: datetime) -> Decision:
    asked = replace(mapping, extension=Extension(by, profile.person, now), terms=Terms(mapping.terms + 1))
    facts = {"by": str(profile.person), "more": format_ttl(by)}
    told = Notice(Topic.EXTENSION_ASKED, Audience.THREAD, f"extension:{asked.terms}", facts)
    return step(asked, Event.ASK_EXTENSION, profile.person, now, notices=(told,), detail={"more": format_ttl(by)})


def approve_extension(
    mapping: Mapping,
    drawn: Terms | None,
    profile: Profile,
    rule: Rule,
    now: datetime,
    voters: Iterable[Profile] = (),
) -> Decision:
    """Count one person's agreement to more time; the last one moves the end.

    Those who agreed before are ``voters``; they count as long as they may decide.

    Raises:
        WrongState: nothing is asked, or the mapping is over.
        Stale, OnlyPeopleDecide, NotAMember, OwnRequest, NotYours, AlreadyVoted: see there.
        SourceNotPermitted, PortNotAllowed, OverLimit: as when it was asked for.
    """
    asked, person = _asked(mapping, Event.APPROVE_EXTENSION, profile, rule)
    check_drawn(mapping, drawn)
    counting = still_counting(asked.votes, voters, rule)
    if any(vote.person == person for vote in counting):
        raise AlreadyVoted(rule.extension_approvals - len(counting))
    votes = (*counting, Vote(person, now))
    facts = {"by": str(person), "more": format_ttl(asked.by)}
    told = Notice(Topic.EXTENSION_APPROVED, Audience.THREAD, f"extension:{mapping.terms}:{person}", facts)
    if len(votes) < rule.extension_approvals:
        counted = replace(mapping, extension=replace(asked, votes=votes))
        return step(counted, Event.APPROVE_EXTENSION, person, now, notices=(told,))
    if mapping.expires_at is None or mapping.expires_at <= now:
        raise WrongState(mapping, Event.EXTEND)
    check_reach(mapping, rule)
    check_length(mapping, asked.by, rule, now)
    return _move_end(mapping, asked.by, person, rule, now, told)


def deny_extension(mapping: Mapping, profile: Profile, rule: Rule, now: datetime) -> Decision:
    """Say no to more time; the mapping goes on to its end.

    Raises:
        WrongState, OnlyPeopleDecide, NotAMember, OwnRequest, NotYours: see there.
    """
    asked, person = _asked(mapping, Event.DENY_EXTENSION, profile, rule)
    facts = {"by": str(person), "more": format_ttl(asked.by)}
    key = f"extension:{mapping.terms}:denied"
    told = (
        Notice(Topic.EXTENSION_DENIED, Audience.THREAD, key, facts),
        Notice(Topic.EXTENSION_DENIED, Audience.REQUESTER, f"{key}:dm", facts),
    )
    without = replace(mapping, extension=None, terms=Terms(mapping.terms + 1))
    return step(without, Event.DENY_EXTENSION, person, now, notices=told)


def _asked(mapping: Mapping, event: Event, profile: Profile, rule: Rule) -> tuple[Extension, Person]:
    allowed(mapping, event)
    if mapping.extension is None:
        raise WrongState(mapping, event)
    person = check_decider(mapping, profile, rule, "decide about")
    if person == mapping.extension.asker:
        raise NotYours("decide about", None, rule.approvers)
    return mapping.extension, person


def _move_end(mapping: Mapping, by: timedelta, actor: Actor, rule: Rule, now: datetime, *said: Notice) -> Decision:
    end = (mapping.expires_at or now) + by
    moved = replace(
        mapping,
        expires_at=end,
        extension=None,
        terms=Terms(mapping.terms + 1),
        warn_at=warn_at(end, end - now, rule),
    )
    detail = {"more": format_ttl(by), "until": end.isoformat()}
    return step(moved, Event.EXTEND, actor, now, notices=said, redraw=False, detail=detail)


def warn_at(end: datetime, ttl: timedelta, rule: Rule | None) -> datetime | None:
    """When to warn of an end: the smaller of ``warn_before`` and a quarter of the time before it.

    Nothing under two minutes, unless the rule sets ``warn_before``; nothing at all where that is zero.
    """
    chosen = rule.warn_before if rule else None
    if chosen is None:
        return end - min(_USUAL_WARNING, ttl / 4) if ttl >= _LONG_ENOUGH_TO_WARN else None
    return end - min(chosen, ttl / 4) if chosen else None
