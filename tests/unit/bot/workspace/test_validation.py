"""What Slack takes and what it refuses: each limit at its edge and one over."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workspace.validation import check_message_blocks, check_view
from bot.workspace.validation.surfaces import BLOCK_SIZE, MESSAGE_SIZE, too_large, too_long
from tests.unit.bot.workspace.samples import (
    Json,
    actions,
    button,
    buttons,
    confirm,
    context,
    header,
    home,
    modal,
    mrkdwn,
    option,
    options,
    plain,
    section,
    select,
    text_input,
)

TAKEN: dict[str, list[Json]] = {
    "no blocks at all": [],
    "50 blocks": [section()] * 50,
    "a section of 3,000": [section("x" * 3000)],
    "ten fields of 2,000": [{"type": "section", "fields": [mrkdwn("x" * 2000)] * 10}],
    "a header of 150": [header("x" * 150)],
    "25 buttons": [buttons(25)],
    "ten texts in a context": [context(*[mrkdwn("x" * 3000)] * 10)],
    "a button with 75 and 2,000": [actions(button("x" * 75, value="v" * 2000, style="danger", url="u" * 3000))],
    "ids of 255": [actions(button(action_id="a" * 255), block_id="b" * 255)],
    "one action id in two blocks": [actions(button()), actions(button())],
    "buttons without ids": [actions({"type": "button", "text": plain()}, {"type": "button", "text": plain()})],
    "100 options": [actions(select(options=options(100)))],
    "an option of 75 and 150": [actions(select(options=[option("x" * 75, "v" * 150, description=plain("x" * 75))]))],
    "a confirm dialog": [actions(button(confirm=confirm(text=mrkdwn("x" * 300), title=plain("x" * 100))))],
    "an overflow of five": [section(accessory={"type": "overflow", "action_id": "o", "options": options(5)})],
    "a menu's own option first": [actions(select(options=options(2), initial_option=option(value="1")))],
    "a divider, an image, markdown": [
        {"type": "divider"},
        {"type": "image", "image_url": "https://e.com/i.png", "alt_text": "a"},
        {"type": "markdown", "text": "x" * 12_000},
    ],
    "an input": [text_input(max_length=10)],
    "boxes, ten of them": [actions({"type": "checkboxes", "action_id": "c", "options": options(10)})],
    "options in groups": [actions(select(option_groups=[{"label": plain(), "options": options(100)}] * 100))],
    "a picture beside": [section(accessory={"type": "image", "image_url": "u", "alt_text": "a"})],
}

REFUSED: dict[str, tuple[list[Any], str, str]] = {
    "51 blocks": ([section()] * 51, "no more than 50 items allowed", "/blocks"),
    "a section over 3,000": ([section("x" * 3001)], "must be less than 3001 characters", "/blocks/0/text/text"),
    "an empty section": ([section("")], "must be more than 0 characters", "/blocks/0/text/text"),
    "a section of nothing": ([{"type": "section"}], "must define either `text` or `fields`", "/blocks/0"),
    "eleven fields": (
        [{"type": "section", "fields": [mrkdwn()] * 11}],
        "no more than 10 items allowed",
        "/blocks/0/fields",
    ),
    "a field over 2,000": (
        [{"type": "section", "fields": [mrkdwn("x" * 2001)]}],
        "must be less than 2001 characters",
        "/blocks/0/fields/0/text",
    ),
    "a header over 150": ([header("x" * 151)], "must be less than 151 characters", "/blocks/0/text/text"),
    "a header in mrkdwn": (
        [{"type": "header", "text": mrkdwn()}],
        "must be one of: plain_text",
        "/blocks/0/text/type",
    ),
    "empty actions": ([actions()], "no less than 1 items allowed", "/blocks/0/elements"),
    "26 buttons": ([buttons(26)], "no more than 25 items allowed", "/blocks/0/elements"),
    "one action id twice": (
        [actions(button(), button("Deny"))],
        "action_id `approve` already exists in this block",
        "/blocks/0/elements",
    ),
    "one block id twice": (
        [section(block_id="b"), section(block_id="b")],
        "block_id `b` already exists",
        "/blocks/1/block_id",
    ),
    "eleven in a context": ([context(*[mrkdwn()] * 11)], "no more than 10 items allowed", "/blocks/0/elements"),
    "a button in a context": (
        [context(button())],
        "must be one of: mrkdwn, plain_text",
        "/blocks/0/elements/0/type",
    ),
    "a button text over 75": (
        [actions(button("x" * 76))],
        "must be less than 76 characters",
        "/blocks/0/elements/0/text/text",
    ),
    "a button without words": (
        [actions(button(""))],
        "must be more than 0 characters",
        "/blocks/0/elements/0/text/text",
    ),
    "a button value over 2,000": (
        [actions(button(value="v" * 2001))],
        "must be less than 2001 characters",
        "/blocks/0/elements/0/value",
    ),
    "a button value that is a number": ([actions(button(value=7))], "must be a string", "/blocks/0/elements/0/value"),
    "a green button": (
        [actions(button(style="green"))],
        "must be one of: danger, primary",
        "/blocks/0/elements/0/style",
    ),
    "an action id over 255": (
        [actions(button(action_id="a" * 256))],
        "must be less than 256 characters",
        "/blocks/0/elements/0/action_id",
    ),
    "a block id over 255": ([section(block_id="b" * 256)], "must be less than 256 characters", "/blocks/0/block_id"),
    "a menu of nothing": (
        [actions(select(options=[]))],
        "no less than 1 items allowed",
        "/blocks/0/elements/0/options",
    ),
    "101 options": (
        [actions(select(options=options(101)))],
        "no more than 100 items allowed",
        "/blocks/0/elements/0/options",
    ),
    "a menu without options": (
        [actions(select())],
        "must provide either `options` or `option_groups`",
        "/blocks/0/elements/0",
    ),
    "an option over 75": (
        [actions(select(options=[option("x" * 76)]))],
        "must be less than 76 characters",
        "/blocks/0/elements/0/options/0/text/text",
    ),
    "an option value over 150": (
        [actions(select(options=[option(value="v" * 151)]))],
        "must be less than 151 characters",
        "/blocks/0/elements/0/options/0/value",
    ),
    "an option that is not offered": (
        [actions(select(options=options(2), initial_option=option(value="9")))],
        "initial option is not among the options",
        "/blocks/0/elements/0",
    ),
    "a confirm dialog without a no": (
        [actions(button(confirm=confirm(deny=None)))],
        "missing required field: deny",
        "/blocks/0/elements/0/confirm",
    ),
    "six in an overflow": (
        [section(accessory={"type": "overflow", "action_id": "o", "options": options(6)})],
        "no more than 5 items allowed",
        "/blocks/0/accessory/options",
    ),
    "eleven boxes": (
        [actions({"type": "checkboxes", "action_id": "c", "options": options(11)})],
        "no more than 10 items allowed",
        "/blocks/0/elements/0/options",
    ),
    "a group without options": (
        [actions(select(option_groups=[{"label": plain(), "options": []}]))],
        "no less than 1 items allowed",
        "/blocks/0/elements/0/option_groups/0/options",
    ),
    "words for a confirm dialog": (
        [actions(button(confirm="sure?"))],
        "must provide an object",
        "/blocks/0/elements/0/confirm",
    ),
    "a placeholder over 150": (
        [actions(select(options=options(1), placeholder=plain("x" * 151)))],
        "must be less than 151 characters",
        "/blocks/0/elements/0/placeholder/text",
    ),
    "an input among actions": (
        [actions({"type": "plain_text_input", "action_id": "a"})],
        "unsupported type: plain_text_input",
        "/blocks/0/elements/0/type",
    ),
    "an unknown field": ([section(color="red")], "invalid additional property: color", "/blocks/0"),
    "an unknown kind": ([{"type": "poem"}], "unsupported type: poem", "/blocks/0/type"),
    "an alert, which is for modals": (
        [{"type": "alert", "text": plain()}],
        "unsupported type: alert",
        "/blocks/0/type",
    ),
    "a string for a block": (["words"], "must provide an object", "/blocks/0"),
    "a string for a text": ([{"type": "section", "text": "words"}], "must provide an object", "/blocks/0/text"),
}

VIEWS_TAKEN: dict[str, Json] = {
    "a modal of 100 blocks": modal(*[section()] * 100),
    "a title of 24": modal(title=plain("x" * 24)),
    "metadata of 3,000": modal(private_metadata="x" * 3000),
    "an input with a submit": modal(text_input(), submit=plain("Save")),
    "an alert of 200": modal({"type": "alert", "text": plain("x" * 200), "level": "warning"}),
    "a home": home(section(), callback_id="home"),
}

VIEWS_REFUSED: dict[str, tuple[Json, str, str]] = {
    "a modal of 101 blocks": (modal(*[section()] * 101), "no more than 100 items allowed", "/view/blocks"),
    "a title over 24": (modal(title=plain("x" * 25)), "must be less than 25 characters", "/view/title/text"),
    "no title": (modal(title=None), "missing required field: title", "/view"),
    "a submit over 24": (modal(submit=plain("x" * 25)), "must be less than 25 characters", "/view/submit/text"),
    "metadata over 3,000": (
        modal(private_metadata="x" * 3001),
        "must be less than 3001 characters",
        "/view/private_metadata",
    ),
    "an input without a submit": (
        modal(text_input()),
        "must define `submit` to use an `input` block",
        "/view/blocks/0",
    ),
    "a home with a title": (home(title=plain()), "invalid additional property: title", "/view"),
    "a home of no blocks": ({"type": "home", "blocks": []}, "no less than 1 items allowed", "/view/blocks"),
    "neither": ({"type": "page", "blocks": [section()]}, "must be one of: home, modal", "/view/type"),
}


@pytest.mark.parametrize("blocks", TAKEN.values(), ids=TAKEN)
def test_slack_takes(blocks: list[Json]) -> None:
    assert check_message_blocks(blocks) == []


@pytest.mark.parametrize(("blocks", "text", "pointer"), REFUSED.values(), ids=REFUSED)
def test_slack_refuses(blocks: list[Any], text: str, pointer: str) -> None:
    assert [(found.text, found.pointer) for found in check_message_blocks(blocks)] == [(text, pointer)]


@pytest.mark.parametrize("view", VIEWS_TAKEN.values(), ids=VIEWS_TAKEN)
def test_slack_takes_a_view_with(view: Json) -> None:
    assert check_view(view) == []


@pytest.mark.parametrize(("view", "text", "pointer"), VIEWS_REFUSED.values(), ids=VIEWS_REFUSED)
def test_slack_refuses_a_view_with(view: Json, text: str, pointer: str) -> None:
    assert [(found.text, found.pointer) for found in check_view(view)] == [(text, pointer)]


def test_blocks_that_are_fine_one_by_one_can_be_too_long_together() -> None:
    fitting = [section("x" * 3000)] * 4
    room = MESSAGE_SIZE - 4 * (3000 + BLOCK_SIZE)
    assert not too_long([*fitting, section("x" * (room - BLOCK_SIZE))])
    assert too_long([*fitting, section("x" * (room - BLOCK_SIZE + 1))])
    assert check_message_blocks([*fitting, section("x" * 3000)]) == []


def test_a_view_is_too_large_over_250_kilobytes() -> None:
    assert not too_large(modal(*[section("x" * 2400)] * 100))
    assert too_large(modal(*[section("x" * 2500)] * 100))


def test_a_problem_reads_as_slack_writes_it() -> None:
    assert str(check_message_blocks([actions()])[0]) == (
        "[ERROR] no less than 1 items allowed [json-pointer:/blocks/0/elements]"
    )


_words = st.sampled_from(
    ["section", "actions", "context", "input", "image", "button", "static_select", "checkboxes", "mrkdwn", "alert"]
)
_keys = st.sampled_from(
    [
        "type",
        "text",
        "fields",
        "elements",
        "element",
        "accessory",
        "options",
        "option_groups",
        "initial_option",
        "initial_options",
        "confirm",
        "block_id",
        "action_id",
        "value",
        "label",
        "style",
        "level",
        "placeholder",
    ]
)
_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | _words | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=5),
    max_leaves=20,
)


@given(st.lists(_anything, max_size=3) | _anything)
def test_whatever_an_app_sends_is_judged_without_a_crash(blocks: Any) -> None:
    assert all(found.pointer.startswith("/blocks") for found in check_message_blocks(blocks))


@given(st.dictionaries(_keys | st.just("blocks"), _anything, max_size=5), _anything)
def test_whatever_view_an_app_sends_is_judged_without_a_crash(view: Json, blocks: Any) -> None:
    assert check_view({**view, "type": "modal", "title": plain(), "blocks": blocks}) is not None
