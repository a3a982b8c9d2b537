"""What becomes of the entries of the outbox: told together, dropped, tried again, or given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from bot.slack.errors import (
    CannotPost,
    SlackError,
    SlackLimited,
    SlackRefused,
    TokenDead,
    WrongSetup,
)
from core.domain.living import stamp
from core.domain.mapping import Mapping
from core.domain.notices import Audience, Topic
from core.domain.states import State
from core.interfaces import Entry

FIRST_PAUSE: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(seconds=60)
KNOCK_EVERY: Final = timedelta(seconds=15)
"""How often to look whether the bot was invited to a channel; being told of it is quicker."""
PATIENCE: Final = 5
"""Tries for what no wait is likely to help."""


class ShutOut(SlackError):
    """The card can be posted nowhere that anybody could decide on it, until the bot is invited to one of these."""

    def __init__(self, *channels: str) -> None:
        super().__init__(f"the bot is in none of these channels: {', '.join(channels)}")
        self.channels = frozenset(channels)


@dataclass(frozen=True, slots=True)
class Again:
    """Try again after a while; nothing later of the same mapping is told before."""

    after: timedelta


@dataclass(frozen=True, slots=True)
class GiveUp:
    """It will never be told."""


Fate: TypeAlias = Again | GiveUp


def together(waiting: Sequence[Entry]) -> Sequence[Entry]:
    """Pick what is told next: the first entry of a mapping, and with a card all others, for it shows the present."""
    first = waiting[0]
    return (
        [entry for entry in waiting if entry.audience is Audience.CARD] if first.audience is Audience.CARD else [first]
    )


def overtaken(entry: Entry, mapping: Mapping, now: datetime) -> bool:
    """Whether an entry has lost its point: a warning of an end that moved or came, a reminder of what is decided."""
    if entry.topic is Topic.REMINDER:
        return mapping.state is not State.REQUESTED or mapping.pending_until <= now
    if entry.topic is not Topic.WARNING:
        return False
    end = mapping.expires_at
    return mapping.state is not State.OPEN or end is None or end <= now or entry.facts.get("until") != stamp(end)


def fate(entry: Entry, failure: Exception) -> Fate:
    """Decide what becomes of an entry that could not be told.

    What Slack may take later waits, however long: the state of a mapping is told in the end. A direct message does not
    hold up the others of its mapping for a lack of permission.
    """
    if isinstance(failure, SlackLimited):
        return Again(timedelta(seconds=failure.retry_after))
    if isinstance(failure, ShutOut):
        return Again(min(pause(entry.attempts), KNOCK_EVERY))
    not_worth_a_wait = isinstance(failure, WrongSetup) and entry.audience is Audience.REQUESTER
    if isinstance(failure, CannotPost) or not_worth_a_wait:
        return GiveUp()
    if worth_waiting(failure) or entry.attempts + 1 < PATIENCE:
        return Again(pause(entry.attempts))
    return GiveUp()


def pause(attempts: int) -> timedelta:
    """How long to wait after so many tries and one more: twice as long each time, up to a minute."""
    return min(FIRST_PAUSE * (1 << min(attempts, 10)), LONGEST_PAUSE)


def worth_waiting(failure: Exception | None) -> bool:
    """Whether a failure is Slack's condition or our set-up, and says nothing about the place that was written to."""
    about_the_place = isinstance(failure, SlackRefused) and not isinstance(failure, TokenDead | WrongSetup)
    return isinstance(failure, SlackError) and not about_the_place
