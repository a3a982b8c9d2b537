from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import living
from core.domain.living import MISSED, MOST_REFUSED, end_from
from core.domain.mapping import Baseline, Cause, Ending, Mapping, Trouble, WrongState
from core.domain.people import Actor, System
from core.domain.policy import Rule
from core.domain.route import Probe, Usage
from core.domain.states import Event, State
from tests.unit.core.samples import (
    ALICE,
    BOB,
    EPOCH,
    HOUR,
    MINUTE,
    NOW,
    RULE,
    SECOND,
    approved,
    closing,
    decided,
    opened,
    requested,
    topics,
)

USAGE = Usage(EPOCH, 3, 10, 20)


# -- opened -----------------------------------------------------------------------------------------------------------


def test_the_clock_starts_when_the_port_opens() -> None:
    later = NOW + MINUTE
    decision = living.opened(approved(), later + HOUR, USAGE, RULE, later)
    after = decision.mapping
    assert (decision.event, decision.actor, after.state) == (Event.OPENED, System.GATEWAY, State.OPEN)
    assert (after.opened_at, after.expires_at, after.enforced_until) == (later, later + HOUR, later + HOUR)
    assert (after.warn_at, after.open_by, after.trouble) == (later + 50 * MINUTE, None, None)
    assert after.baseline == Baseline(EPOCH, 3, 10, 20)


def test_whoever_asked_hears_directly_of_what_others_approved() -> None:
    assert topics(living.opened(approved(), NOW + HOUR, USAGE, RULE, NOW)) == [
        "opened:thread",
        "opened:requester",
        "card:card",
    ]
    alone = replace(approved(), votes=())
    assert topics(living.opened(alone, NOW + HOUR, USAGE, RULE, NOW)) == ["opened:thread", "card:card"]


def test_only_what_was_approved_opens() -> None:
    for mapping in (requested(), opened(), closing()):
        with pytest.raises(WrongState):
            living.opened(mapping, NOW + HOUR, USAGE, RULE, NOW)


@given(st.integers(1, 10**6), st.integers(0, 999_999))
def test_an_end_is_whole_seconds_and_no_sooner_than_granted(seconds: int, fraction: int) -> None:
    begun, ttl = NOW + timedelta(microseconds=fraction), timedelta(seconds=seconds)
    end = end_from(begun, ttl, None)
    assert not end.microsecond
    assert ttl <= end - begun < ttl + SECOND
    bounded = end_from(begun, ttl, replace(RULE, max_lifetime=ttl))
    assert not bounded.microsecond
    assert ttl - SECOND < bounded - begun <= ttl


# -- stalled ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("probe", [Probe.REFUSED, Probe.SILENT])
def test_a_pod_that_does_not_answer_is_told_once(probe: Probe) -> None:
    decision = living.stall(approved(), probe, NOW)
    assert decision is not None
    assert decision.mapping.trouble == Trouble(NOW, probe)
    assert topics(decision) == ["stalled:thread", "card:card"]
    assert living.stall(decision.mapping, probe, NOW + MINUTE) is None


def test_a_gateway_that_is_away_is_shown_on_the_card_only() -> None:
    decision = living.stall(approved(), None, NOW)
    assert decision is not None
    assert (decision.mapping.trouble, topics(decision)) == (Trouble(NOW), ["card:card"])
    assert living.stall(decision.mapping, None, NOW + MINUTE) is None
    assert living.stall(decision.mapping, Probe.SILENT, NOW + MINUTE) is not None


def test_the_same_failure_after_a_retry_is_told_anew() -> None:
    first = living.stall(approved(), Probe.SILENT, NOW)
    again = living.stall(replace(decided(first), trouble=None), Probe.SILENT, NOW)
    assert first is not None
    assert again is not None
    assert first.notices[0].key != again.notices[0].key


# -- the end that the gateway holds -----------------------------------------------------------------------------------

LONGER = replace(opened(), expires_at=NOW + 2 * HOUR)


def test_a_new_end_is_told_once_the_gateway_has_it() -> None:
    decision = living.enforced(LONGER, NOW + 2 * HOUR, NOW)
    assert decision is not None
    assert (decision.event, decision.mapping.enforced_until) == (Event.ENFORCED, NOW + 2 * HOUR)
    assert topics(decision) == ["extended:thread", "card:card"]
    assert decision.notices[0].facts == {"until": living.stamp(NOW + 2 * HOUR), "by": "1h"}


def test_an_end_that_is_known_is_not_told_again() -> None:
    assert living.enforced(opened(), NOW + HOUR, NOW) is None


def test_where_a_cut_came_first_that_is_said_as_well() -> None:
    assert topics(living.enforced(LONGER, NOW + 2 * HOUR, NOW, interrupted=True)) == [
        "extended:thread",
        "interrupted:thread",
        "card:card",
    ]


def test_a_restart_of_the_gateway_is_told_and_makes_the_counts_partial() -> None:
    decision = living.enforced(opened(), NOW + HOUR, NOW, interrupted=True, restarted_as="second life")
    assert topics(decision) == ["interrupted:thread", "card:card"]
    assert decided(decision).baseline == Baseline("second life", partial=True)


# -- what time alone brings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [requested, approved, opened])
def test_before_its_time_nothing_is_due(make: Callable[[], Mapping]) -> None:
    mapping = make()
    assert mapping.due_at is not None
    assert living.due(mapping, mapping.due_at - timedelta(microseconds=1)) is None


@pytest.mark.parametrize("make", [closing, lambda: replace(closing(), state=State.CLOSED)])
def test_what_is_over_or_about_to_be_is_never_due(make: Callable[[], Mapping]) -> None:
    assert living.due(make(), NOW + 1000 * HOUR) is None


def test_a_request_lapses_when_nobody_decides() -> None:
    decision = living.due(requested(), NOW + RULE.pending_ttl)
    assert decided(decision).state is State.LAPSED
    assert decided(decision).ending == Ending(Cause.LAPSED, System.TIMER, NOW + RULE.pending_ttl)
    assert topics(decision) == ["lapsed:thread", "lapsed:requester", "card:card"]


REMINDING = replace(RULE, remind_after=20 * MINUTE)


def test_a_request_that_waits_is_reminded_of_twice_and_then_lapses() -> None:
    waiting = requested(REMINDING)
    assert waiting.due_at == NOW + 20 * MINUTE
    assert living.due(waiting, NOW + 20 * MINUTE - SECOND) is None
    first = living.due(waiting, NOW + 20 * MINUTE)
    assert topics(first) == ["reminder:approvers"]
    assert (decided(first).state, decided(first).due_at) == (State.REQUESTED, NOW + 40 * MINUTE)
    second = living.due(decided(first), NOW + 40 * MINUTE)
    assert topics(second) == ["reminder:approvers"]
    assert decided(second).due_at == waiting.pending_until
    assert decided(living.due(decided(second), waiting.pending_until)).state is State.LAPSED
    keys = [notice.key for decision in (first, second) if decision for notice in decision.notices]
    assert len(set(keys)) == 2


def test_of_reminders_that_were_missed_one_is_made_up_for_and_none_after_the_lapse() -> None:
    waiting = requested(REMINDING)
    assert topics(living.due(waiting, NOW + 50 * MINUTE)) == ["reminder:approvers"]
    assert decided(living.due(waiting, NOW + 50 * MINUTE)).due_at == waiting.pending_until
    assert decided(living.due(waiting, waiting.pending_until)).state is State.LAPSED


@pytest.mark.parametrize(
    ("rule", "moments"),
    [
        (RULE, 0),
        (replace(REMINDING, approvals=0), 0),
        (replace(REMINDING, remind_after=30 * MINUTE), 1),
        (REMINDING, 2),
        (replace(REMINDING, remind_after=MINUTE), 2),
    ],
)
def test_reminders_come_before_the_lapse_and_where_somebody_has_to_decide(rule: Rule, moments: int) -> None:
    assert len(requested(rule).reminders) == moments


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (None, "nobody was there to open it in time"),
        (Trouble(NOW), "the gateway could not open the port"),
        (Trouble(NOW, Probe.REFUSED), "the pod refused the connection"),
        (Trouble(NOW, Probe.SILENT), "the pod did not answer"),
    ],
)
def test_what_is_not_open_after_five_minutes_has_failed_and_says_why(trouble: Trouble | None, why: str) -> None:
    decision = living.due(replace(approved(), trouble=trouble), NOW + 5 * MINUTE)
    assert decided(decision).state is State.CLOSING
    assert decided(decision).ending == Ending(Cause.OPEN_FAILED, System.TIMER, NOW + 5 * MINUTE, why)
    assert topics(decision) == ["failed:thread", "card:card"]


def test_that_it_failed_is_told_once() -> None:
    failed = living.due(approved(), NOW + 5 * MINUTE)
    over = living.cut(decided(failed), USAGE, NOW + 6 * MINUTE)
    assert failed is not None
    assert failed.notices[0].key == over.notices[0].key


def test_the_warning_is_given_once_and_the_end_stays_due() -> None:
    decision = living.due(opened(), NOW + 50 * MINUTE)
    assert decision is not None
    assert (decision.event, decided(decision).warn_at, decided(decision).due_at) == (Event.WARN, None, NOW + HOUR)
    assert topics(decision) == ["warning:thread"]
    assert decision.notices[0].facts == {"until": living.stamp(NOW + HOUR)}


def test_a_mapping_expires_at_its_end_and_not_before() -> None:
    warned = replace(opened(), warn_at=None)
    assert living.due(warned, NOW + HOUR - timedelta(microseconds=1)) is None
    decision = living.due(warned, NOW + HOUR)
    assert (decided(decision).state, topics(decision)) == (State.CLOSING, ["card:card"])
    assert decided(decision).ending == Ending(Cause.EXPIRED, System.TIMER, NOW + HOUR)


def test_an_end_comes_before_a_warning_that_was_missed() -> None:
    assert decided(living.due(opened(), NOW + 2 * HOUR)).state is State.CLOSING


@pytest.mark.parametrize(
    ("away", "late", "by"),
    [
        (True, MISSED, System.GATEWAY),
        (True, MISSED - SECOND, System.TIMER),
        (False, 10 * MISSED, System.TIMER),
    ],
    ids=["nobody was there", "somebody came just in time", "somebody was there, and the clock was not"],
)
def test_an_end_is_the_gateway_s_only_where_nobody_else_was_there(
    away: bool,  # noqa: FBT001 - a table's column
    late: timedelta,
    by: System,
) -> None:
    ended = decided(living.due(opened(), NOW + HOUR + late, away=away))
    assert ended.ending == Ending(Cause.EXPIRED, by, NOW + HOUR)
    over = living.cut(ended, USAGE, NOW + HOUR + late)
    assert over.notices[0].facts["by_gateway"] == int(by is System.GATEWAY)


# -- refused callers --------------------------------------------------------------------------------------------------

STRANGERS = [ip_address(f"10.9.0.{n}") for n in range(1, 40)]


def test_refused_callers_are_counted_and_told_once() -> None:
    decision = living.callers_refused(opened(), EPOCH, {STRANGERS[1]: 2, STRANGERS[0]: 1}, NOW)
    assert decision is not None
    assert (decision.event, topics(decision)) == (Event.CALLERS_REFUSED, ["callers_refused:thread"])
    assert decision.notices[0].facts == {"10.9.0.1": 1, "10.9.0.2": 2}
    assert living.callers_refused(decision.mapping, EPOCH, {STRANGERS[1]: 9, STRANGERS[0]: 9}, NOW) is None


def test_another_caller_is_told_alone() -> None:
    first = living.callers_refused(opened(), EPOCH, {STRANGERS[0]: 1}, NOW)
    second = living.callers_refused(decided(first), EPOCH, {STRANGERS[0]: 5, STRANGERS[1]: 1}, NOW)
    assert second is not None
    assert second.notices[0].facts == {"10.9.0.2": 1}


def test_a_scan_does_not_flood_the_thread() -> None:
    first = living.callers_refused(opened(), EPOCH, dict.fromkeys(STRANGERS[:15], 1), NOW)
    second = living.callers_refused(decided(first), EPOCH, dict.fromkeys(STRANGERS, 1), NOW)
    assert len(decided(second).refusals_told) == MOST_REFUSED
    assert living.callers_refused(decided(second), EPOCH, dict.fromkeys(STRANGERS, 2), NOW) is None


@pytest.mark.parametrize("make", [approved, closing])
def test_callers_of_what_is_not_open_are_nobody_s(make: Callable[[], Mapping]) -> None:
    assert living.callers_refused(make(), EPOCH, {STRANGERS[0]: 1}, NOW) is None


def test_addresses_of_both_families_are_told_in_order() -> None:
    six = ip_address("fd00::1")
    decision = living.callers_refused(opened(), EPOCH, {six: 1, STRANGERS[0]: 1}, NOW)
    assert decided(decision).refusals_told == (STRANGERS[0], six)


# -- the end ----------------------------------------------------------------------------------------------------------


def test_a_mapping_is_over_when_nothing_is_left_on_its_port() -> None:
    decision = living.cut(closing(), Usage(EPOCH, 2, 30, 40), NOW + HOUR)
    over = decision.mapping
    assert (decision.event, over.state, over.extension, over.warn_at) == (Event.CUT, State.CLOSED, None, None)
    assert over.traffic is not None
    assert (over.traffic.connections, over.traffic.bytes_in, over.traffic.complete) == (2, 30, True)


def test_what_never_opened_has_failed_and_has_no_traffic() -> None:
    gone = replace(approved(), state=State.CLOSING, ending=Ending(Cause.TARGET_GONE, System.CLUSTER, NOW))
    decision = living.cut(gone, USAGE, NOW)
    assert (decision.event, decision.mapping.state) == (Event.CUT_UNOPENED, State.FAILED)
    assert (decision.mapping.traffic, decision.notices[0].topic) == (None, "failed")


@pytest.mark.parametrize(
    ("cause", "by", "where"),
    [
        (Cause.EXPIRED, System.TIMER, "ended:channel"),
        (Cause.EXPIRED, System.GATEWAY, "ended:channel"),
        (Cause.TARGET_GONE, System.CLUSTER, "ended:channel"),
        (Cause.CLOSED, System.GATEWAY, "ended:channel"),
        (Cause.CLOSED, ALICE, "ended:thread"),
        (Cause.CLOSED, BOB, "ended:thread"),
    ],
)
def test_the_end_is_told_in_the_channel_where_nobody_there_brought_it(cause: Cause, by: Actor, where: str) -> None:
    mapping = replace(closing(), ending=Ending(cause, by, NOW))
    assert topics(living.cut(mapping, USAGE, NOW)) == [where, "card:card"]


def test_a_port_that_the_gateway_does_not_have_ends_its_mapping() -> None:
    for mapping in (approved(), opened()):
        decision = living.unserved(mapping, NOW)
        ending = decision.mapping.ending
        assert ending is not None
        assert (decision.mapping.state, ending.cause, ending.by) == (State.CLOSING, Cause.CLOSED, System.GATEWAY)
        assert ending.detail == "the gateway does not serve port 10000 any more"
        assert not living.ended_by_gateway(decision.mapping)
