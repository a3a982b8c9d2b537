from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.buttons import Button, extend_action, parse_button
from bot.slack.errors import UnreadableButton
from core.domain.mapping import MappingId, Terms

BUTTONS = st.builds(
    Button,
    st.integers(1, 10**18 - 1).map(MappingId),
    st.integers(1, 10**9 - 1).map(Terms),
    st.none() | st.integers(1, 10**9 - 1).map(lambda seconds: timedelta(seconds=seconds)),
)


def test_a_value_names_the_mapping_the_terms_and_the_seconds() -> None:
    assert Button(MappingId(42), Terms(3)).value == "m42/3"
    assert Button(MappingId(42), Terms(3), timedelta(minutes=30)).value == "m42/3/1800"


@given(BUTTONS)
def test_what_is_written_on_a_button_is_read_back(button: Button) -> None:
    assert parse_button(button.value) == button


@pytest.mark.parametrize(
    "forged", ["", "m42", "42/3", "m42/3/", "m42/3/1800/1", "m-1/3", "m42/3 ", "m42/3\n", "m٤٢/3", f"m{'9' * 19}/1"]
)
def test_a_value_that_was_never_written_is_not_guessed_at(forged: str) -> None:
    with pytest.raises(UnreadableButton):
        parse_button(forged)


@given(st.text(max_size=40))
def test_nothing_but_one_error_comes_of_any_value(forged: str) -> None:
    try:
        button = parse_button(forged)
    except UnreadableButton:
        return
    assert button.mapping_id >= 0


def test_the_steps_of_an_extension_have_different_names() -> None:
    assert len({extend_action(step) for step in range(5)}) == 5
