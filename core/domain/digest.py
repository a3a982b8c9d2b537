"""A week in a few lines: who had what, what was open longest, what was refused, what nobody used. Pure."""

import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from core.domain.mapping import Mapping
from core.domain.notices import Facts
from core.domain.record import AuditEntry
from core.domain.states import Event, State

WEEK: Final = timedelta(days=7)
DAY: Final = timedelta(days=1)
POSTED_AT: Final = timedelta(hours=8)
"""After midnight from Sunday to Monday, in UTC: the week before is told."""
_PEOPLE: Final = 10
_LONGEST: Final = 5
_URGENT: Final = "break_glass"


@dataclass(frozen=True, slots=True)
class Held:
    """Somebody's week: how many mappings they had, to which targets, and for how long in all."""

    who: str
    mappings: int
    targets: tuple[str, ...]
    seconds: int


@dataclass(frozen=True, slots=True)
class Digest:
    """One week.

    Attributes:
        first_day: its Monday, in UTC.
        held: those who had most, by time; ``others`` had something too.
        longest: who, what, and for how many seconds.
        never_used: ended without one connection.
        urgent: opened by break-glass.
    """

    first_day: date
    asked: int = 0
    opened: int = 0
    denied: int = 0
    refused: int = 0
    urgent: int = 0
    never_used: int = 0
    held: tuple[Held, ...] = ()
    others: int = 0
    longest: tuple[tuple[str, str, int], ...] = ()


def week_before(now: datetime) -> datetime:
    """Give the Monday of the last week that is over; before Monday's hour of posting still the one before that."""
    midnight = (now.astimezone(UTC) - POSTED_AT).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - midnight.weekday() * DAY - WEEK


def digest(first_day: datetime, entries: Iterable[AuditEntry], mappings: Collection[Mapping]) -> Digest:
    """Sum up a week.

    Args:
        first_day: its Monday.
        entries: of that week, in the record.
        mappings: those that were opened in it.
    """
    events = Counter(entry.event.partition(":")[0] for entry in entries)
    by_person: dict[str, list[Mapping]] = {}
    for mapping in mappings:
        by_person.setdefault(str(mapping.requester), []).append(mapping)
    held = sorted((_held(who, theirs) for who, theirs in by_person.items()), key=lambda h: (-h.seconds, h.who))
    longest = sorted(mappings, key=lambda m: (-_seconds(m), m.id))[:_LONGEST]
    return Digest(
        first_day.date(),
        asked=events[Event.REQUEST],
        opened=events[Event.OPENED],
        denied=events[Event.DENY],
        refused=events["refused"],
        urgent=sum(count for event, count in events.items() if event.startswith(_URGENT)),
        never_used=sum(
            m.state is State.CLOSED and m.traffic is not None and not m.traffic.connections for m in mappings
        ),
        held=tuple(held[:_PEOPLE]),
        others=len(held[_PEOPLE:]),
        longest=tuple((str(m.requester), str(m.target), _seconds(m)) for m in longest),
    )


def _held(who: str, theirs: Collection[Mapping]) -> Held:
    targets = tuple(sorted({str(mapping.target) for mapping in theirs}))
    return Held(who, len(theirs), targets, sum(map(_seconds, theirs)))


def _seconds(mapping: Mapping) -> int:
    """Say how long it was open; of one that still is, how long it will have been."""
    end = mapping.ending.at if mapping.ending else mapping.expires_at
    return int((end - mapping.opened_at).total_seconds()) if end and mapping.opened_at else 0


def to_facts(week: Digest) -> Facts:
    """Write a digest as a bulletin keeps it."""
    held = [[h.who, h.mappings, list(h.targets), h.seconds] for h in week.held]
    lists = {"held": json.dumps(held), "longest": json.dumps([list(one) for one in week.longest])}
    names = ("asked", "opened", "denied", "refused", "urgent", "never_used", "others")
    return {"first_day": week.first_day.isoformat(), **{name: getattr(week, name) for name in names}, **lists}


def from_facts(facts: Facts) -> Digest:
    """Read what ``to_facts`` wrote."""
    held = [Held(who, many, tuple(targets), seconds) for who, many, targets, seconds in json.loads(str(facts["held"]))]
    longest = [(who, what, seconds) for who, what, seconds in json.loads(str(facts["longest"]))]
    names = ("asked", "opened", "denied", "refused", "urgent", "never_used", "others")
    numbers = {name: int(facts.get(name) or 0) for name in names}
    return Digest(date.fromisoformat(str(facts["first_day"])), held=tuple(held), longest=tuple(longest), **numbers)
