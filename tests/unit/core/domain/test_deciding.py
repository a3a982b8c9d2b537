from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address

import pytest

from core.domain.deciding import OPENING_TIME, Room, approve, close, deny, grant, retry
from core.domain.mapping import Cause, Mapping, Stale, Terms, Trouble, WrongState
from core.domain.people import Person, Profile, Standing
from core.domain.pod import Phase, Pod
from core.domain.policy import ANYONE, NOBODY, PortSet, Principals, Rule
from core.domain.port_pool import NoFreePort, PortPool, PortUse
from core.domain.refusals import (
    AlreadyVoted,
    NotAMember,
    NotYours,
    OwnRequest,
    PodUnusable,
    PortNotAllowed,
    Refused,
    SourceNotPermitted,
    TtlTooLong,
)
from core.domain.route import PortRange, Probe
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
    decided,
    opened,
    operators,
    pod,
    profile,
    requested,
    room,
    topics,
)

TWO = replace(RULE, approvals=2)
BY_SRE = replace(RULE, approvers=Principals(groups=frozenset({SRE})))


def agree(mapping: Mapping, who: Person = BOB, rule: Rule = RULE, drawn: Terms | None = None) -> Mapping:
    return approve(mapping, profile(who), drawn, pod(), room(rule), NOW).mapping


# -- approve ----------------------------------------------------------------------------------------------------------


def test_the_last_approval_grants_a_port_and_a_time_to_open() -> None:
    decision = approve(requested(), profile(BOB), Terms(1), pod(), room(), NOW)
    granted = decision.mapping
    assert (decision.event, granted.state, granted.port) == (Event.GRANT, State.APPROVED, 10_000)
    assert (granted.approved_at, granted.open_by) == (NOW, NOW + OPENING_TIME)
    assert granted.expires_at is None
    assert topics(decision) == ["granted:thread", "card:card"]


def test_one_of_several_approvals_is_counted_and_told() -> None:
    decision = approve(requested(), profile(BOB), None, pod(), room(TWO), NOW)
    assert (decision.event, decision.mapping.state, decision.mapping.port) == (Event.APPROVE, State.REQUESTED, None)
    assert [vote.person for vote in decision.mapping.votes] == [BOB]
    assert topics(decision) == ["approved:thread", "card:card"]
    assert agree(decision.mapping, CAROL, TWO).state is State.APPROVED


def test_the_last_approval_counts_only_those_who_may_still_approve() -> None:
    once = agree(requested(), BOB, TWO)
    stricter = replace(TWO, approvers=operators(CAROL, DAVE))
    now = replace(room(stricter), voters=(profile(BOB),))
    decision = approve(once, profile(CAROL), None, pod(), now, NOW)
    assert (decision.mapping.state, decision.detail) == (State.REQUESTED, {"void": str(BOB)})
    assert [vote.person for vote in decision.mapping.votes] == [CAROL]
    assert [vote.person for vote in decision.mapping.void_votes] == [BOB]
    granted = approve(decision.mapping, profile(DAVE), None, pod(), replace(now, voters=(profile(CAROL),)), NOW)
    assert granted.mapping.state is State.APPROVED


def test_whoever_may_approve_again_can_do_so_again() -> None:
    void = replace(agree(requested(), CAROL, TWO), void_votes=agree(requested(), BOB, TWO).votes)
    granted = agree(void, BOB, TWO)
    assert ([vote.person for vote in granted.votes], granted.void_votes) == ([CAROL, BOB], ())


def test_the_same_person_s_approval_counts_once() -> None:
    once = agree(requested(), BOB, TWO)
    with pytest.raises(AlreadyVoted) as raised:
        agree(once, BOB, TWO)
    assert raised.value.missing == 1


def test_an_approval_is_enough_where_the_rule_asks_for_fewer_by_now() -> None:
    once = agree(requested(), BOB, replace(RULE, approvals=3))
    assert agree(once, CAROL, RULE).state is State.APPROVED


@pytest.mark.parametrize("rule", [RULE, replace(RULE, approvers=operators(ALICE)), replace(RULE, approvers=ANYONE)])
def test_whoever_asks_never_approves_whatever_their_role(rule: Rule) -> None:
    with pytest.raises(OwnRequest) as raised:
        agree(requested(), ALICE, rule)
    assert raised.value.could == rule.approvers


def test_whoever_is_no_approver_is_told_who_is() -> None:
    with pytest.raises(NotYours) as raised:
        agree(requested(), BOB, BY_SRE)
    assert raised.value.could == BY_SRE.approvers
    assert approve(requested(), profile(BOB, SRE), None, pod(), room(BY_SRE), NOW).mapping.state is State.APPROVED


def test_an_operator_approves_only_where_they_are_an_approver() -> None:
    with pytest.raises(NotYours):
        agree(requested(), CAROL, BY_SRE)


def test_an_unknown_group_grants_nothing() -> None:
    unknown = replace(profile(BOB), unknown_groups=frozenset({SRE}))
    with pytest.raises(NotYours):
        approve(requested(), unknown, None, pod(), room(BY_SRE), NOW)


def test_nobody_but_members_approves_or_denies() -> None:
    guest = profile(BOB, standing=Standing.GUEST)
    with pytest.raises(NotAMember):
        approve(requested(), guest, None, pod(), room(), NOW)
    with pytest.raises(NotAMember):
        deny(requested(), guest, RULE, NOW)


def test_a_button_that_was_drawn_for_other_terms_is_refused() -> None:
    with pytest.raises(Stale) as raised:
        agree(requested(), drawn=Terms(7))
    assert raised.value.drawn == 7


@pytest.mark.parametrize("make", [approved, opened, closing])
def test_the_slower_of_two_is_told_what_was_decided(make: Callable[[], Mapping]) -> None:
    with pytest.raises(WrongState) as raised:
        agree(make(), CAROL)
    assert [vote.person for vote in raised.value.mapping.votes] == [BOB]


def test_a_pod_with_another_address_by_now_is_followed() -> None:
    moved = pod(address="10.9.9.9")
    granted = approve(requested(), profile(BOB), None, moved, room(), NOW).mapping
    assert granted.endpoint.address == ip_address("10.9.9.9")


@pytest.mark.parametrize("there", [pod(phase=Phase.PENDING), pod(address=None), pod(host_network=True)], ids=str)
def test_a_pod_that_cannot_be_reached_any_more_is_not_granted(there: Pod) -> None:
    with pytest.raises(PodUnusable):
        approve(requested(), profile(BOB), None, there, room(), NOW)


@pytest.mark.parametrize(
    ("stricter", "error"),
    [
        (replace(RULE, max_ttl=HOUR - SECOND), TtlTooLong),
        (replace(RULE, max_lifetime=HOUR - SECOND), TtlTooLong),
        (replace(RULE, sources=Sources.parse("10.0.0.0/8")), SourceNotPermitted),
        (replace(RULE, ports=PortSet(frozenset({"http"}), ((8000, 9000),))), PortNotAllowed),
    ],
)
def test_a_rule_that_has_become_stricter_counts_for_what_waits(stricter: Rule, error: type[Refused]) -> None:
    with pytest.raises(error):
        agree(requested(), rule=stricter)
    with pytest.raises(error):
        agree(requested(), rule=replace(stricter, approvals=2))


def test_a_rule_that_has_become_looser_is_no_hindrance() -> None:
    looser = replace(
        RULE, max_ttl=3 * HOUR, ports=PortSet(frozenset({"debug"})), sources=Sources.parse("0.0.0.0/0,::/0")
    )
    assert agree(requested(), rule=looser).state is State.APPROVED


def test_what_has_lapsed_is_not_approved_though_no_timer_said_so() -> None:
    waiting = requested()
    with pytest.raises(WrongState) as raised:
        approve(waiting, profile(BOB), None, pod(), room(), waiting.pending_until)
    ending = raised.value.mapping.ending
    assert ending is not None
    assert (raised.value.mapping.state, ending.cause, ending.at) == (State.LAPSED, Cause.LAPSED, waiting.pending_until)
    just_in_time = waiting.pending_until - SECOND
    assert approve(waiting, profile(BOB), None, pod(), room(), just_in_time).mapping.state is State.APPROVED


def test_without_a_free_port_nothing_is_granted() -> None:
    used = [PortUse(10_000, BOB, "payments/db-0:5432", NOW + MINUTE, None)]
    full = Room(POLICY, RULE, PortPool(PortRange(10_000, 10_000), 10 * MINUTE, used))
    with pytest.raises(NoFreePort) as raised:
        approve(requested(), profile(BOB), None, pod(), full, NOW)
    assert raised.value.next_free == NOW + 11 * MINUTE


def test_where_no_approval_is_needed_nobody_is_told_of_one() -> None:
    decision = grant(requested(), ALICE, pod(), room(replace(RULE, approvals=0)), NOW)
    assert (decision.actor, decision.mapping.state, topics(decision)) == (ALICE, State.APPROVED, ["card:card"])


# -- deny -------------------------------------------------------------------------------------------------------------


def test_a_denial_ends_a_request_and_is_told_to_whoever_asked() -> None:
    decision = deny(requested(), profile(BOB), RULE, NOW)
    ending = decision.mapping.ending
    assert ending is not None
    assert (decision.mapping.state, ending.cause, ending.by) == (State.DENIED, Cause.DENIED, BOB)
    assert topics(decision) == ["denied:thread", "denied:requester", "card:card"]


def test_one_s_own_request_is_not_denied_but_taken_back() -> None:
    with pytest.raises(OwnRequest):
        deny(requested(), profile(ALICE), RULE, NOW)


def test_only_approvers_deny() -> None:
    with pytest.raises(NotYours):
        deny(requested(), profile(BOB), BY_SRE, NOW)


def test_what_was_approved_cannot_be_denied() -> None:
    with pytest.raises(WrongState):
        deny(approved(), profile(CAROL), RULE, NOW)


# -- close ------------------------------------------------------------------------------------------------------------


def ended(mapping: Mapping, who: Profile, rule: Rule = BY_SRE) -> tuple[State, Cause]:
    after = close(mapping, who, POLICY, rule, NOW).mapping
    assert after.ending is not None
    assert after.ending.by == who.person
    return after.state, after.ending.cause


@pytest.mark.parametrize(
    "who", [profile(ALICE), profile(CAROL), profile(BOB, SRE)], ids=["asker", "operator", "approver"]
)
@pytest.mark.parametrize("make", [approved, opened])
def test_those_who_may_close_end_what_was_granted(who: Profile, make: Callable[[], Mapping]) -> None:
    assert ended(make(), who) == (State.CLOSING, Cause.CLOSED)


@pytest.mark.parametrize(
    ("who", "state", "cause"),
    [
        (profile(ALICE), State.WITHDRAWN, Cause.WITHDRAWN),
        (profile(CAROL), State.WITHDRAWN, Cause.WITHDRAWN),
        (profile(BOB, SRE), State.DENIED, Cause.DENIED),
    ],
    ids=["asker", "operator", "approver"],
)
def test_closing_a_request_takes_it_back_or_denies_it(who: Profile, state: State, cause: Cause) -> None:
    assert ended(requested(), who) == (state, cause)


@pytest.mark.parametrize("make", [requested, approved, opened])
def test_anybody_else_is_refused_and_told_who_could(make: Callable[[], Mapping]) -> None:
    with pytest.raises(NotYours) as raised:
        close(make(), profile(DAVE), POLICY, BY_SRE, NOW)
    refused = raised.value
    assert (refused.requester, refused.could, refused.also) == (ALICE, POLICY.operators, BY_SRE.approvers)


def test_who_may_be_an_approver_for_all_that_is_known_may_close() -> None:
    unknown = replace(profile(DAVE), unknown_groups=frozenset({SRE}))
    assert ended(opened(), unknown) == (State.CLOSING, Cause.CLOSED)


def test_whoever_asked_closes_even_where_no_rule_is_left() -> None:
    assert ended(opened(), profile(ALICE), replace(RULE, approvers=NOBODY)) == (State.CLOSING, Cause.CLOSED)


@pytest.mark.parametrize("make", [closing, lambda: replace(closing(), state=State.CLOSED)])
def test_what_is_over_cannot_be_closed_again(make: Callable[[], Mapping]) -> None:
    with pytest.raises(WrongState) as raised:
        close(make(), profile(ALICE), POLICY, RULE, NOW)
    assert raised.value.mapping.ending is not None


@pytest.mark.parametrize(
    ("mapping", "who", "told"),
    [
        (opened, profile(ALICE), ["card:card"]),
        (opened, profile(CAROL), ["ended:requester", "card:card"]),
        (requested, profile(ALICE), ["withdrawn:thread", "card:card"]),
        (requested, profile(CAROL), ["withdrawn:thread", "withdrawn:requester", "card:card"]),
    ],
)
def test_whoever_asked_hears_directly_only_of_what_others_did(
    mapping: Callable[[], Mapping], who: Profile, told: list[str]
) -> None:
    assert topics(close(mapping(), who, POLICY, BY_SRE, NOW)) == told


# -- retry ------------------------------------------------------------------------------------------------------------

STALLED = replace(approved(), trouble=Trouble(NOW, Probe.REFUSED))


@pytest.mark.parametrize("who", [ALICE, CAROL])
def test_a_stalled_mapping_is_tried_again_by_whoever_asked_or_an_operator(who: Person) -> None:
    decision = retry(STALLED, profile(who), POLICY, NOW)
    assert (decision.event, decision.mapping.state, decision.mapping.trouble) == (Event.RETRY, State.APPROVED, None)
    assert decision.mapping.open_by == STALLED.open_by


def test_nobody_else_tries_it_again() -> None:
    with pytest.raises(NotYours):
        retry(STALLED, profile(BOB), POLICY, NOW)


def test_what_is_open_needs_no_retry() -> None:
    with pytest.raises(WrongState):
        retry(decided(close(opened(), profile(ALICE), POLICY, RULE, NOW)), profile(ALICE), POLICY, NOW)
