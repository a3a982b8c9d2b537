import pytest

from core.domain.states import HOLDING, LIVE, TRANSITIONS, Event, State

OVER = frozenset(State) - LIVE


def reachable() -> set[State]:
    """Every state that a request can come to."""
    found, fresh = {State.REQUESTED}, {State.REQUESTED}
    while fresh:
        fresh = {goal for (source, _), goal in TRANSITIONS.items() if source in fresh} - found
        found |= fresh
    return found


def test_every_state_can_be_reached() -> None:
    assert reachable() == set(State)


def test_every_event_but_the_first_is_in_the_table() -> None:
    assert {event for _, event in TRANSITIONS} == set(Event) - {Event.REQUEST}


def test_nothing_leads_out_of_a_state_that_is_over() -> None:
    assert not {source for source, _ in TRANSITIONS} & OVER


@pytest.mark.parametrize("state", sorted(LIVE))
def test_what_is_live_can_come_to_an_end(state: State) -> None:
    found, fresh = {state}, {state}
    while fresh:
        fresh = {goal for (source, _), goal in TRANSITIONS.items() if source in fresh} - found
        found |= fresh
    assert found & OVER


def test_a_port_is_given_back_only_by_a_cut() -> None:
    giving_back = {event for (source, event), goal in TRANSITIONS.items() if source in HOLDING and goal not in HOLDING}
    assert giving_back == {Event.CUT, Event.CUT_UNOPENED}


def test_a_port_is_taken_only_by_a_grant() -> None:
    taking = {event for (source, event), goal in TRANSITIONS.items() if source not in HOLDING and goal in HOLDING}
    assert taking == {Event.GRANT}


def test_a_mapping_opens_only_when_it_was_approved() -> None:
    opening = {(source, event) for (source, event), goal in TRANSITIONS.items() if goal is State.OPEN != source}
    assert opening == {(State.APPROVED, Event.OPENED)}


def test_what_is_closing_can_only_be_cut() -> None:
    assert {event for source, event in TRANSITIONS if source is State.CLOSING} == {Event.CUT, Event.CUT_UNOPENED}
