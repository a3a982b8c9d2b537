"""What an element holds once a person has picked or typed."""

from typing import Any

import pytest

from bot.workspace.errors import NotPossibleError
from bot.workspace.hands.controls import Choice, fill_in, find, pick, state_values
from tests.unit.bot.workspace.samples import Json, actions, button, option, options, select, text_input

ONE, TWO = option("One", "1"), option("Two", "2")

PICKED: dict[str, tuple[Json, Choice, Json]] = {
    "a button": (button(value="m1"), "", {"text": button()["text"], "value": "m1"}),
    "a menu by its text": (select(options=[ONE, TWO]), "Two", {"selected_option": TWO}),
    "a menu by its value": (select(options=[ONE, TWO]), "1", {"selected_option": ONE}),
    "a menu in groups": (select(option_groups=[{"options": [ONE]}, {"options": [TWO]}]), "2", {"selected_option": TWO}),
    "an option as it came": ({"type": "external_select", "action_id": "a"}, ONE, {"selected_option": ONE}),
    "boxes": (
        {"type": "checkboxes", "action_id": "a", "options": [ONE, TWO]},
        ["1", "2"],
        {"selected_options": [ONE, TWO]},
    ),
    "one box": ({"type": "checkboxes", "action_id": "a", "options": [ONE]}, "1", {"selected_options": [ONE]}),
    "a person": ({"type": "users_select", "action_id": "a"}, "U1", {"selected_user": "U1"}),
    "a day": ({"type": "datepicker", "action_id": "a"}, "2026-11-22", {"selected_date": "2026-11-22"}),
    "a text": ({"type": "plain_text_input", "action_id": "a"}, "words", {"value": "words"}),
}

IMPOSSIBLE: dict[str, tuple[Json, Any, str]] = {
    "nothing": (select(options=[ONE]), None, "say which option of pick"),
    "what is not offered": (select(options=[ONE]), "9", "no option '9'; there are"),
    "too long a text": ({"type": "plain_text_input", "action_id": "a", "max_length": 2}, "abc", "does not take 3"),
    "too short a text": ({"type": "plain_text_input", "action_id": "a", "min_length": 2}, "a", "does not take 1"),
}


@pytest.mark.parametrize(("element", "choice", "holds"), PICKED.values(), ids=PICKED)
def test_picking(element: Json, choice: Choice, holds: Json) -> None:
    assert pick(element, choice) == holds


@pytest.mark.parametrize(("element", "choice", "why"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_one_cannot_pick(element: Json, choice: Any, why: str) -> None:
    with pytest.raises(NotPossibleError, match=why):
        pick(element, choice)


def test_a_form_is_filled_in_by_label_and_keeps_what_was_there() -> None:
    blocks = [text_input("Name"), text_input("Why", block_id="why", initial_value="order 4711")]
    values = state_values(blocks, fill_in(blocks, {"Name": "alice"}))
    assert values == {
        "name": {"typed": {"type": "plain_text_input", "value": "alice"}},
        "why": {"typed": {"type": "plain_text_input", "value": "order 4711"}},
    }


def test_a_control_is_found_by_its_id_its_label_or_its_block() -> None:
    blocks = [actions(button("Approve", "a"), button("Deny", "b"), block_id="x"), text_input("Name", block_id="name")]
    assert [find(blocks, name).action_id for name in ("a", "Deny", "Name", "name")] == ["a", "b", "typed", "typed"]
    with pytest.raises(NotPossibleError, match="several called 'x'"):
        find(blocks, "x")
    twice = [actions(button(), block_id="1"), actions(button(), block_id="2")]
    assert find(twice, "Approve", "2").block_id == "2"
    assert state_values([actions(select(options=options(1)), block_id="b")], {})["b"]["pick"]["selected_option"] is None
