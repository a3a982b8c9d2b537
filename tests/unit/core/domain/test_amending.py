from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.agreeing import missing
from core.domain.amending import Change, amend
from core.domain.deciding import approve
from core.domain.errors import PodProxierError
from core.domain.mapping import Amendment, Decision, Mapping, Stale, Terms, WrongState
from core.domain.people import Person
from core.domain.pod import Pod
from core.domain.policy import PRIVATE_NETWORKS, PortSet, Rule
from core.domain.refusals import (
    NothingChanged,
    NotYours,
    OwnRequest,
    PodUnusable,
    PortNotAllowed,
    PortUnclear,
    TtlTooLong,
    Wider,
)
from core.domain.sources import Sources
from core.domain.states import Event, State
from tests.unit.core.samples import (
    ALICE,
    BOB,
    CAROL,
    HOUR,
    MINUTE,
    NOW,
    RULE,
    approved,
    operators,
    pod,
    profile,
    requested,
    room,
    topics,
)

CALLER = Sources.parse("10.1.2.3")
TWO = replace(RULE, approvals=2)
ASKED = Change(HOUR, PRIVATE_NETWORKS, 5005)
LESS = Change(30 * MINUTE, CALLER, 8080)


def change(
    to: Change = LESS,
    mapping: Mapping | None = None,
    who: Person = BOB,
    rule: Rule = RULE,
    drawn: Terms | None = None,
    there: Pod | None = None,
) -> Decision:
    return amend(mapping or requested(), to, drawn, profile(who), there or pod(), rule, NOW)


def test_an_approver_lets_through_less_than_was_asked_for() -> None:
    decision = change()
    after = decision.mapping
    assert (decision.event, decision.actor, after.state, after.terms) == (Event.AMEND, BOB, State.REQUESTED, 2)
    assert (after.ttl, after.sources) == (30 * MINUTE, CALLER)
    assert (after.target.port, after.endpoint.port, after.port_name) == (8080, 8080, "http")
    assert after.probe  # which a port named debug is not
    assert after.amendment == Amendment(BOB, NOW, HOUR, PRIVATE_NETWORKS, 5005)
    assert topics(decision) == ["amended:thread", "amended:requester", "card:card"]
    assert decision.detail["ttl_before"] == "1h"


def test_whoever_agreed_to_other_terms_has_to_agree_anew() -> None:
    once = approve(requested(), profile(CAROL), None, pod(), room(TWO), NOW).mapping
    after = change(mapping=once, rule=TWO).mapping
    assert (after.votes, missing(TWO, after.votes, ALICE).approvals) == ((), 2)
    for stale in (CAROL, BOB):
        with pytest.raises(Stale):
            approve(after, profile(stale), Terms(1), pod(), room(TWO), NOW)
    assert approve(after, profile(BOB), Terms(2), pod(), room(), NOW).mapping.ttl == 30 * MINUTE


def test_what_was_changed_can_be_given_back_but_never_more_than_was_asked_for() -> None:
    once = change().mapping
    back = change(ASKED, once, CAROL).mapping
    assert (back.ttl, back.sources, back.endpoint.port, back.terms) == (HOUR, PRIVATE_NETWORKS, 5005, 3)
    assert back.amendment == Amendment(CAROL, NOW, HOUR, PRIVATE_NETWORKS, 5005)
    with pytest.raises(Wider):
        change(replace(ASKED, ttl=HOUR + MINUTE), once)


@pytest.mark.parametrize(
    ("to", "rule", "error"),
    [
        (ASKED, RULE, NothingChanged),
        (replace(ASKED, ttl=HOUR + timedelta(seconds=1)), RULE, Wider),
        (replace(ASKED, sources=Sources.parse("10.0.0.0/8,8.8.8.8")), RULE, Wider),
        (replace(ASKED, sources=Sources(())), RULE, Wider),
        (replace(ASKED, sources=Sources.parse("fc00::1")), RULE, Wider),
        (replace(ASKED, port=22), RULE, PortUnclear),
        (LESS, replace(RULE, ports=PortSet(frozenset({"debug"}))), PortNotAllowed),
        (replace(LESS, ttl=50 * MINUTE), replace(RULE, max_ttl=40 * MINUTE), TtlTooLong),
    ],
)
def test_nothing_wider_is_let_through(to: Change, rule: Rule, error: type[PodProxierError]) -> None:
    with pytest.raises(error):
        change(to, rule=rule)


def test_only_whoever_may_decide_may_change_it() -> None:
    with pytest.raises(OwnRequest):
        change(who=ALICE)
    with pytest.raises(NotYours):
        change(rule=replace(RULE, approvers=operators(CAROL)))


def test_only_what_waits_can_be_changed_and_as_it_was_drawn() -> None:
    with pytest.raises(WrongState):
        change(mapping=approved())
    with pytest.raises(WrongState):
        change(mapping=replace(requested(), pending_until=NOW))
    with pytest.raises(Stale):
        change(drawn=Terms(2))


def test_a_pod_that_cannot_be_reached_is_no_port_s() -> None:
    with pytest.raises(PodUnusable):
        change(there=pod(address=None))
