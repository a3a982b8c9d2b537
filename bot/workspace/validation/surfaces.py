"""Whole messages and views: how many blocks, which ids twice, what a modal must have."""

import json
from collections.abc import Sequence
from typing import Any, Final

from bot.workspace.validation import objects
from bot.workspace.validation.blocks import Surface, block, elements_of
from bot.workspace.validation.elements import IDENTIFIER
from bot.workspace.validation.problems import Problem, Problems, each, fields, items, one_of, optional_string
from bot.workspace.wire import JsonObject

MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
VIEW_TITLE: Final = 24
PRIVATE_METADATA: Final = 3000
VIEW_BYTES: Final = 250_000
MESSAGE_SIZE: Final = 13_000
BLOCK_SIZE: Final = 125
"""What others measured, for Slack documents neither: https://github.com/slackapi/bolt-js/issues/2509."""

_VIEW_FIELDS: Final = ("callback_id", "private_metadata", "external_id", "blocks")
_MODAL_FIELDS: Final = ("title", "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled")


def check_message_blocks(blocks: Any) -> list[Problem]:
    """Everything Slack would refuse in the blocks of a message; empty where it would take them."""
    return list(_blocks(blocks, "/blocks", Surface.MESSAGE, most=MESSAGE_BLOCKS))


def check_view(view: JsonObject) -> list[Problem]:
    """Everything Slack would refuse in a modal or a home view."""
    return list(_view(view, "/view"))


def too_large(view: JsonObject) -> bool:
    """Whether the view is over the 250 kB that Slack takes."""
    return len(json.dumps(view)) > VIEW_BYTES


def too_long(blocks: Sequence[JsonObject]) -> bool:
    """Whether blocks that are fine one by one are together more than Slack takes (`msg_blocks_too_long`)."""
    return sum(BLOCK_SIZE + _characters(block) for block in blocks) > MESSAGE_SIZE


def _characters(value: Any) -> int:
    if isinstance(value, list):
        return sum(map(_characters, value))
    if not isinstance(value, dict):
        return 0
    own = value.get("text")
    return (len(own) if isinstance(own, str) else 0) + sum(map(_characters, value.values()))


def _blocks(blocks: Any, at: str, surface: Surface, *, most: int) -> Problems:
    yield from items(blocks, at, most=most, least=0 if surface is Surface.MESSAGE else 1)
    for index, value in enumerate(blocks if isinstance(blocks, list) else ()):
        yield from block(value, f"{at}/{index}", surface)
    yield from _ids_once(blocks, at)


def _ids_once(blocks: Any, at: str) -> Problems:
    """A block id is unique in its surface, an action id in its block."""
    seen: set[str] = set()
    for value, where in each(blocks, at):
        block_id = value.get("block_id")
        if isinstance(block_id, str):
            if block_id in seen:
                yield Problem(f"block_id `{block_id}` already exists", f"{where}/block_id")
            seen.add(block_id)
        yield from _twice([element.get("action_id") for element in elements_of(value)], where)


def _twice(action_ids: Sequence[Any], at: str) -> Problems:
    named = [action_id for action_id in action_ids if isinstance(action_id, str)]
    for action_id in sorted({name for name in named if named.count(name) > 1}):
        yield Problem(f"action_id `{action_id}` already exists in this block", f"{at}/elements")


def _view(view: JsonObject, at: str) -> Problems:
    kind = view.get("type")
    yield from one_of(kind, f"{at}/type", {"modal", "home"})
    modal = kind == "modal"
    yield from fields(
        view,
        at,
        required=("title", "blocks") if modal else ("blocks",),
        optional=(*_VIEW_FIELDS, *(_MODAL_FIELDS if modal else ())),
    )
    for name in ("title", "submit", "close"):
        yield from objects.required_text(view, name, at, limit=VIEW_TITLE, plain=True)
    yield from optional_string(view, "private_metadata", at, limit=PRIVATE_METADATA, least=0)
    yield from optional_string(view, "callback_id", at, limit=IDENTIFIER, least=0)
    yield from optional_string(view, "external_id", at, limit=IDENTIFIER, least=0)
    if view.get("blocks") is not None:
        surface = Surface.MODAL if modal else Surface.HOME
        yield from _blocks(view["blocks"], f"{at}/blocks", surface, most=VIEW_BLOCKS)
    if modal and view.get("submit") is None:
        yield from _inputs_need_submit(view, at)


def _inputs_need_submit(view: JsonObject, at: str) -> Problems:
    for value, where in each(view.get("blocks"), f"{at}/blocks"):
        if value.get("type") == "input":
            yield Problem("must define `submit` to use an `input` block", where)
