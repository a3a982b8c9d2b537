from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.domain.digest import Held, digest, from_facts, to_facts, week_before
from core.domain.mapping import Cause, Ending, Mapping, MappingId, Traffic
from core.domain.people import System
from core.domain.record import AuditEntry
from core.domain.states import State
from tests.contract.storage.samples import ALICE, BOB, asked

MONDAY = datetime(2030, 1, 7, tzinfo=UTC)


def entry(event: str) -> AuditEntry:
    return AuditEntry(1, MONDAY, ALICE, event, None, None, None, {})


def over(number: int, minutes: int, connections: int, mapping: Mapping) -> Mapping:
    ending = Ending(Cause.EXPIRED, System.TIMER, MONDAY + timedelta(minutes=minutes))
    traffic = Traffic(connections)
    number_ = MappingId(number)
    return replace(mapping, id=number_, state=State.CLOSED, opened_at=MONDAY, ending=ending, traffic=traffic)


@pytest.mark.parametrize(
    ("now", "monday"),
    [
        ("2030-01-14T08:00:00+00:00", "2030-01-07"),
        ("2030-01-14T07:59:59+00:00", "2029-12-31"),
        ("2030-01-20T23:00:00+00:00", "2030-01-07"),
        ("2030-01-14T10:00:00+03:00", "2029-12-31"),
    ],
)
def test_a_week_is_told_from_monday_morning_on(now: str, monday: str) -> None:
    assert week_before(datetime.fromisoformat(now)).date().isoformat() == monday


def test_a_week_tells_who_had_what_what_was_longest_and_what_nobody_used() -> None:
    events = ["request", "request", "request", "opened", "opened", "deny", "refused:request", "refused:approve"]
    mappings = [
        over(1, 10, 0, asked()),
        over(2, 30, 3, asked(name="db-0")),
        over(3, 20, 1, asked(BOB)),
        replace(asked(BOB, "api-9"), id=MappingId(4), opened_at=MONDAY, expires_at=MONDAY + timedelta(hours=1)),
    ]
    week = digest(MONDAY, map(entry, events), mappings)
    assert (week.asked, week.opened, week.denied, week.refused, week.never_used) == (3, 2, 1, 2, 1)
    assert week.held == (
        Held(str(BOB), 2, ("payments/api-0:5005", "payments/api-9:5005"), 4800),
        Held(str(ALICE), 2, ("payments/api-0:5005", "payments/db-0:5005"), 2400),
    )
    assert [seconds for _, _, seconds in week.longest] == [3600, 1800, 1200, 600]
    assert from_facts(to_facts(week)) == week
