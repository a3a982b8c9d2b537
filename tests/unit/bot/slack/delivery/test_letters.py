from dataclasses import replace
from datetime import timedelta

import pytest

from bot.slack.delivery.letters import Again, GiveUp, ShutOut, fate, overtaken, pause, together, worth_waiting
from bot.slack.errors import (
    BadBlocks,
    CannotPost,
    MessageGone,
    SlackError,
    SlackLimited,
    SlackRefused,
    SlackUnreachable,
    TokenDead,
    WrongSetup,
)
from core.domain.living import stamp
from core.domain.mapping import Mapping, MappingId
from core.domain.notices import Audience, Topic
from core.domain.states import State
from core.interfaces import Entry
from tests.contract.storage.samples import HOUR, NOW, asked

REFUSED = ("chat.postMessage", "a_code")
DEFECT = ZeroDivisionError()


def entry(number: int = 1, audience: Audience = Audience.THREAD, attempts: int = 0) -> Entry:
    topic = Topic.CARD if audience is Audience.CARD else Topic.MOVED
    return Entry(number, MappingId(1), topic, audience, {}, NOW, NOW, attempts)


def seconds(number: float) -> Again:
    return Again(timedelta(seconds=number))


# -- what is told together ---------------------------------------------------------------------------------------------


def test_a_card_tells_for_all_its_entries_that_wait() -> None:
    first, second, third = entry(1, Audience.CARD), entry(2), entry(3, Audience.CARD)
    assert together([first, second, third]) == [first, third]


def test_anything_else_is_told_by_itself() -> None:
    first, second, third = entry(1), entry(2, Audience.CARD), entry(3)
    assert together([first, second, third]) == [first]


# -- what has lost its point -------------------------------------------------------------------------------------------

OPEN = replace(asked(), state=State.OPEN, expires_at=NOW + HOUR)
WARNING = replace(entry(), topic=Topic.WARNING, facts={"until": stamp(NOW + HOUR)})


@pytest.mark.parametrize(
    ("mapping", "late"),
    [
        (replace(OPEN, expires_at=NOW + 2 * HOUR), timedelta()),
        (replace(OPEN, state=State.CLOSING), timedelta()),
        (replace(OPEN, expires_at=None), timedelta()),
        (OPEN, HOUR),
    ],
)
def test_a_warning_of_an_end_that_has_moved_or_come_is_overtaken(mapping: Mapping, late: timedelta) -> None:
    assert overtaken(WARNING, mapping, NOW + late)


def test_a_warning_of_the_end_in_force_is_not() -> None:
    assert not overtaken(WARNING, OPEN, NOW)


def test_a_reminder_of_what_is_decided_or_about_to_lapse_is_overtaken() -> None:
    reminder, waiting = replace(entry(), topic=Topic.REMINDER), asked()
    assert not overtaken(reminder, waiting, NOW)
    assert overtaken(reminder, waiting, waiting.pending_until)
    assert overtaken(reminder, OPEN, NOW)


def test_nothing_else_is_ever_overtaken() -> None:
    assert not overtaken(entry(), replace(OPEN, state=State.CLOSED), NOW + 9 * HOUR)


# -- what becomes of a failure -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "attempts", "verdict"),
    [
        (SlackLimited("m", 17), 3, seconds(17)),
        (SlackUnreachable("m", "away"), 0, seconds(1)),
        (SlackUnreachable("m", "away"), 99, seconds(60)),
        (TokenDead(*REFUSED), 99, seconds(60)),
        (WrongSetup(*REFUSED), 99, seconds(60)),
        (ShutOut("C1"), 2, seconds(4)),
        (ShutOut("C1"), 99, seconds(15)),
        (CannotPost(*REFUSED), 0, GiveUp()),
        (SlackRefused(*REFUSED), 3, seconds(8)),
        (SlackRefused(*REFUSED), 4, GiveUp()),
        (BadBlocks(*REFUSED), 4, GiveUp()),
        (MessageGone(*REFUSED), 0, seconds(1)),
        (DEFECT, 0, seconds(1)),
        (DEFECT, 4, GiveUp()),
    ],
)
def test_what_may_help_is_waited_for_and_the_rest_is_given_up(
    failure: Exception, attempts: int, verdict: Again | GiveUp
) -> None:
    assert fate(entry(attempts=attempts), failure) == verdict


def test_a_direct_message_that_we_may_not_send_holds_up_nothing() -> None:
    assert fate(entry(audience=Audience.REQUESTER), WrongSetup(*REFUSED)) == GiveUp()


def test_the_pause_doubles_up_to_a_minute() -> None:
    assert [pause(attempts).total_seconds() for attempts in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize(
    ("failure", "worth"),
    [
        (SlackUnreachable("m", "away"), True),
        (SlackLimited("m", 1), True),
        (TokenDead(*REFUSED), True),
        (WrongSetup(*REFUSED), True),
        (ShutOut("C1"), True),
        (CannotPost(*REFUSED), False),
        (SlackRefused(*REFUSED), False),
        (None, False),
    ],
)
def test_what_says_nothing_about_a_place_is_worth_waiting_for(failure: SlackError | None, worth: object) -> None:
    assert worth_waiting(failure) is worth
