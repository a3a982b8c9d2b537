from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.extending import approve_extension, deny_extension, extend, longest_extension, warn_at
from core.domain.mapping import Mapping, Stale, Terms, WrongState
from core.domain.people import Person, Standing
from core.domain.policy import NOTHING, PortSet, Principals, Rule
from core.domain.refusals import (
    AlreadyVoted,
    NotAMember,
    NotYours,
    OverLimit,
    OwnRequest,
    PortNotAllowed,
    Refused,
    SourceNotPermitted,
    TtlTooLong,
)
from core.domain.sources import Sources
from core.domain.states import Event, State
from tests.unit.core.samples import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    HOUR,
    MINUTE,
    NOW,
    POLICY,
    RULE,
    SECOND,
    SRE,
    approved,
    closing,
    opened,
    operators,
    profile,
    requested,
    topics,
)

AGREED = replace(RULE, extension_approvals=1)
TWICE = replace(RULE, extension_approvals=2)


def more(mapping: Mapping, by: timedelta = HOUR, who: Person = ALICE, rule: Rule = RULE) -> Mapping:
    return extend(mapping, by, None, profile(who), POLICY, rule, NOW).mapping


def asked(rule: Rule = AGREED, who: Person = ALICE) -> Mapping:
    return more(opened(), who=who, rule=rule)


# -- the end moves ----------------------------------------------------------------------------------------------------


def test_an_extension_moves_the_end_and_raises_the_terms() -> None:
    before = opened()
    decision = extend(before, HOUR, before.terms, profile(ALICE), POLICY, RULE, NOW)
    after = decision.mapping
    assert (decision.event, after.state) == (Event.EXTEND, State.OPEN)
    assert (after.expires_at, after.terms) == (NOW + 2 * HOUR, before.terms + 1)


def test_people_hear_of_it_only_once_the_gateway_has_it() -> None:
    decision = extend(opened(), HOUR, None, profile(ALICE), POLICY, RULE, NOW)
    assert topics(decision) == []
    assert decision.mapping.enforced_until == NOW + HOUR


def test_the_warning_is_armed_again_for_the_new_end() -> None:
    warned = replace(opened(), warn_at=None)
    assert more(warned).warn_at == NOW + 2 * HOUR - 10 * MINUTE


@pytest.mark.parametrize("who", [ALICE, CAROL])
def test_whoever_asked_and_operators_may_extend(who: Person) -> None:
    assert more(opened(), who=who).expires_at == NOW + 2 * HOUR


@pytest.mark.parametrize(
    ("stricter", "error"),
    [
        ({"sources": Sources.parse("10.0.0.0/8")}, SourceNotPermitted),
        ({"ports": PortSet(frozenset({"http"}))}, PortNotAllowed),
    ],
)
def test_there_is_no_more_time_for_what_the_rule_forbids_by_now(stricter: dict[str, Any], error: type[Refused]) -> None:
    with pytest.raises(error):
        more(opened(), rule=replace(RULE, **stricter))
    with pytest.raises(error):
        approve_extension(asked(), None, profile(BOB), replace(AGREED, **stricter), NOW)


@pytest.mark.parametrize("make", [requested, approved, opened, closing])
def test_whoever_may_not_learns_nothing_of_how_it_stands(make: Callable[[], Mapping]) -> None:
    with pytest.raises(NotYours):
        more(make(), who=DAVE)


def test_approvers_may_not() -> None:
    with pytest.raises(NotYours) as raised:
        more(opened(), who=BOB)
    assert (raised.value.requester, raised.value.could) == (ALICE, POLICY.operators)


def test_a_button_drawn_for_other_terms_is_refused() -> None:
    with pytest.raises(Stale):
        extend(more(opened()), HOUR, Terms(1), profile(ALICE), POLICY, RULE, NOW)


@pytest.mark.parametrize("make", [requested, approved, closing])
def test_only_what_is_open_can_be_extended(make: Callable[[], Mapping]) -> None:
    with pytest.raises(WrongState):
        more(make())


def test_what_has_come_to_its_end_cannot_be_extended() -> None:
    with pytest.raises(WrongState):
        extend(opened(), HOUR, None, profile(ALICE), POLICY, RULE, NOW + HOUR)


# -- limits -----------------------------------------------------------------------------------------------------------


def test_more_than_the_rule_gives_at_once_is_refused() -> None:
    with pytest.raises(TtlTooLong) as raised:
        more(opened(ttl=MINUTE), 2 * HOUR + SECOND)
    assert raised.value.hint == "2h"


def test_past_the_longest_life_is_refused_with_what_is_possible() -> None:
    twice = more(opened())
    with pytest.raises(OverLimit) as raised:
        more(twice, HOUR + SECOND)
    assert (raised.value.possible, raised.value.hint) == (HOUR, "1h")
    at_last = more(twice, HOUR)
    with pytest.raises(OverLimit, match="cannot be extended any more") as raised:
        more(at_last, SECOND)
    assert raised.value.possible == timedelta()


def test_where_both_limits_are_passed_the_nearer_one_is_told() -> None:
    with pytest.raises(OverLimit) as raised:
        more(more(opened()), 3 * HOUR)
    assert raised.value.possible == HOUR


def test_without_a_rule_there_is_no_more_time() -> None:
    with pytest.raises(OverLimit, match="cannot be extended any more"):
        more(opened(), SECOND, rule=NOTHING)


@given(st.integers(1, 4 * 3_600), st.integers(0, 999_999), st.lists(st.integers(1, 4 * 3_600), max_size=6))
def test_no_row_of_extensions_outlives_the_longest_life(ttl: int, fraction: int, steps: list[int]) -> None:
    begun = NOW + timedelta(microseconds=fraction)
    mapping = opened(now=begun, ttl=min(timedelta(seconds=ttl), RULE.max_ttl))
    for seconds in steps:
        by = timedelta(seconds=seconds)
        possible = min(longest_extension(mapping, RULE, NOW), RULE.max_ttl)
        if by > possible:
            with pytest.raises((OverLimit, TtlTooLong)):
                more(mapping, by)
        else:
            mapping = more(mapping, by)
        assert mapping.opened_at is not None
        assert mapping.expires_at is not None
        assert mapping.expires_at - mapping.opened_at <= RULE.max_lifetime
        assert not mapping.expires_at.microsecond


# -- by others' leave -------------------------------------------------------------------------------------------------


def test_where_others_have_to_agree_the_end_waits_for_them() -> None:
    decision = extend(opened(), HOUR, None, profile(ALICE), POLICY, AGREED, NOW)
    assert (decision.event, decision.mapping.expires_at) == (Event.ASK_EXTENSION, NOW + HOUR)
    assert topics(decision) == ["extension_asked:thread", "card:card"]


def test_the_last_agreement_moves_the_end() -> None:
    waiting = asked()
    decision = approve_extension(waiting, waiting.terms, profile(BOB), AGREED, NOW)
    assert (decision.event, decision.mapping.expires_at) == (Event.EXTEND, NOW + 2 * HOUR)
    assert (decision.mapping.extension, topics(decision)) == (None, ["extension_approved:thread"])


def test_one_of_several_agreements_is_counted_once() -> None:
    once = approve_extension(asked(TWICE), None, profile(BOB), TWICE, NOW)
    assert (once.event, once.mapping.expires_at) == (Event.APPROVE_EXTENSION, NOW + HOUR)
    with pytest.raises(AlreadyVoted):
        approve_extension(once.mapping, None, profile(BOB), TWICE, NOW)
    assert approve_extension(once.mapping, None, profile(DAVE), TWICE, NOW).mapping.expires_at == NOW + 2 * HOUR


def test_an_agreement_counts_as_long_as_whoever_gave_it_may_decide() -> None:
    once = approve_extension(asked(TWICE), None, profile(BOB), TWICE, NOW).mapping
    stricter = replace(TWICE, approvers=operators(CAROL, DAVE))
    second = approve_extension(once, None, profile(CAROL), stricter, NOW, [profile(BOB)]).mapping
    assert second.extension is not None
    assert [vote.person for vote in second.extension.votes] == [CAROL]


def test_asking_anew_begins_to_count_anew() -> None:
    once = approve_extension(asked(TWICE), None, profile(BOB), TWICE, NOW).mapping
    again = more(once, MINUTE, rule=TWICE)
    assert again.extension is not None
    assert (again.extension.by, again.extension.votes) == (MINUTE, ())
    with pytest.raises(Stale):
        approve_extension(again, once.terms, profile(DAVE), TWICE, NOW)


def test_neither_the_requester_nor_whoever_asked_agrees() -> None:
    with pytest.raises(OwnRequest):
        approve_extension(asked(), None, profile(ALICE), AGREED, NOW)
    by_operator = asked(who=CAROL)
    with pytest.raises(NotYours):
        approve_extension(by_operator, None, profile(CAROL), AGREED, NOW)
    with pytest.raises(OwnRequest):
        approve_extension(by_operator, None, profile(ALICE), AGREED, NOW)


def test_only_approvers_agree_or_refuse() -> None:
    rule = replace(AGREED, approvers=Principals(groups=frozenset({SRE})))
    with pytest.raises(NotYours):
        approve_extension(asked(), None, profile(BOB), rule, NOW)
    with pytest.raises(NotYours):
        deny_extension(asked(), profile(BOB), rule, NOW)
    with pytest.raises(NotAMember):
        deny_extension(asked(), profile(BOB, SRE, standing=Standing.GUEST), rule, NOW)


def test_a_refusal_leaves_the_end_and_makes_the_buttons_stale() -> None:
    waiting = asked()
    decision = deny_extension(waiting, profile(BOB), AGREED, NOW)
    assert (decision.mapping.expires_at, decision.mapping.extension) == (NOW + HOUR, None)
    assert decision.mapping.terms == waiting.terms + 1
    assert topics(decision) == ["extension_denied:thread", "extension_denied:requester", "card:card"]


def test_where_nothing_is_asked_there_is_nothing_to_decide() -> None:
    with pytest.raises(WrongState):
        approve_extension(opened(), None, profile(BOB), AGREED, NOW)
    with pytest.raises(WrongState):
        deny_extension(opened(), profile(BOB), AGREED, NOW)


def test_agreement_comes_too_late_after_the_end() -> None:
    with pytest.raises(WrongState):
        approve_extension(asked(), None, profile(BOB), AGREED, NOW + HOUR)


def test_agreement_is_bound_by_the_limits_of_its_own_moment() -> None:
    with pytest.raises(OverLimit):
        approve_extension(asked(), None, profile(BOB), replace(AGREED, max_lifetime=HOUR), NOW)


# -- the warning ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ttl", "before", "warned"),
    [
        (HOUR, None, 10 * MINUTE),
        (20 * MINUTE, None, 5 * MINUTE),
        (2 * MINUTE, None, 30 * SECOND),
        (2 * MINUTE - SECOND, None, None),
        (HOUR, MINUTE, MINUTE),
        (8 * SECOND, MINUTE, 2 * SECOND),
        (HOUR, timedelta(), None),
    ],
)
def test_the_warning_comes_at_the_smaller_of_the_rule_s_and_a_quarter(
    ttl: timedelta, before: timedelta | None, warned: timedelta | None
) -> None:
    at = warn_at(NOW, ttl, replace(RULE, warn_before=before))
    assert (NOW - at if at else None) == warned


def test_without_a_rule_the_usual_warning_is_given() -> None:
    assert warn_at(NOW, HOUR, None) == NOW - 10 * MINUTE
