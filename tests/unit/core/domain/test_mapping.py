from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from datetime import datetime

import pytest

from core.domain.errors import BadInput
from core.domain.mapping import Mapping, MappingId, Reference, WrongState, allowed, show_id, step
from core.domain.notices import Audience, Notice, Topic, card
from core.domain.people import System
from core.domain.states import TRANSITIONS, Event, State
from tests.unit.core.samples import HOUR, MINUTE, NOW, approved, closing, opened, requested


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("10004", Reference(port=10_004)),
        (" 10004 ", Reference(port=10_004)),
        ("m42", Reference(mapping_id=MappingId(42))),
        ("M42", Reference(mapping_id=MappingId(42))),
        ("#42", Reference(mapping_id=MappingId(42))),
        ("m007", Reference(mapping_id=MappingId(7))),
        ("0", Reference(port=0)),
    ],
)
def test_a_mapping_is_named_by_its_port_or_its_id(text: str, reference: Reference) -> None:
    assert Reference.parse(text) == reference


@pytest.mark.parametrize("text", ["", "m", "x42", "42m", "-1", "1.5", "m 42", "٤٢", "9" * 5_000, "m" + "9" * 19])
def test_what_names_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="neither a port nor an id"):
        Reference.parse(text)


def test_a_reference_is_written_for_people() -> None:
    assert [str(Reference(port=10_004)), str(Reference(mapping_id=MappingId(42)))] == ["port 10004", "m42"]
    assert Reference.parse(show_id(MappingId(42))) == Reference(mapping_id=MappingId(42))


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", list(Event))
def test_everything_that_is_not_in_the_table_is_an_error_that_carries_the_mapping(state: State, event: Event) -> None:
    mapping = replace(requested(), state=state)
    if (state, event) in TRANSITIONS:
        assert allowed(mapping, event) is TRANSITIONS[state, event]
        return
    with pytest.raises(WrongState, match=f"{state}") as raised:
        allowed(mapping, event)
    assert (raised.value.mapping, raised.value.event) == (mapping, event)


def test_a_step_raises_the_version_tells_what_it_is_told_and_redraws_the_card() -> None:
    said = Notice(Topic.DENIED, Audience.THREAD, "denied")
    before = requested()
    decision = step(before, Event.DENY, System.TIMER, NOW, notices=(said,), detail={"why": "no"})
    assert (decision.before, decision.mapping.state) == (State.REQUESTED, State.DENIED)
    assert decision.mapping.version == before.version + 1
    assert decision.notices == (said, card(before.version + 1))
    assert decision.detail == {"why": "no"}


def test_a_step_that_changes_nothing_on_the_card_leaves_it_alone() -> None:
    assert step(opened(), Event.WARN, System.TIMER, NOW, redraw=False).notices == ()


@pytest.mark.parametrize(
    ("mapping", "due"),
    [
        (requested, NOW + HOUR),
        (approved, NOW + 5 * MINUTE),
        (opened, NOW + 50 * MINUTE),
        (lambda: replace(opened(), warn_at=None), NOW + HOUR),
        (closing, None),
        (lambda: replace(closing(), state=State.CLOSED), None),
    ],
    ids=["its lapse", "its time to open", "its warning", "its end", "nothing while it closes", "nothing when over"],
)
def test_a_mapping_says_when_to_look_at_it_again(mapping: Callable[[], Mapping], due: datetime | None) -> None:
    assert mapping().due_at == due


def test_a_mapping_with_a_port_makes_a_route() -> None:
    running = opened()
    route = running.route(NOW)
    assert (route.port, route.endpoint, route.sources, route.until) == (10_000, running.endpoint, running.sources, NOW)


def test_a_mapping_without_a_port_makes_none() -> None:
    with pytest.raises(ValueError, match="m1 holds no port"):
        requested().route(NOW)


@pytest.mark.parametrize("make", [requested, approved, opened, closing])
def test_what_is_not_over_is_live(make: Callable[[], Mapping]) -> None:
    assert make().live
    assert not replace(make(), state=State.CLOSED).live


def test_a_mapping_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        requested().state = State.OPEN  # type: ignore[misc]  # that is the point
