"""What Slack fills into blocks an app posts: ids that were left out, the defaults of text objects."""

from collections.abc import Callable, Sequence
from typing import Any

from bot.workspace.validation.blocks import elements_of
from bot.workspace.wire import JsonObject


def completed(blocks: Sequence[JsonObject], new_id: Callable[[], str]) -> tuple[JsonObject, ...]:
    """Copies of the blocks, each with a block id, each element with an action id."""
    return tuple(_block(_texts(block), new_id) for block in blocks)


def _block(block: JsonObject, new_id: Callable[[], str]) -> JsonObject:
    block.setdefault("block_id", new_id())
    for element in elements_of(block):
        if element["type"] != "image":
            element.setdefault("action_id", new_id())
    return block


def _texts(value: Any) -> Any:
    if isinstance(value, list):
        return [_texts(item) for item in value]
    if not isinstance(value, dict):
        return value
    copy = {key: _texts(item) for key, item in value.items()}
    if copy.get("type") == "plain_text":
        copy.setdefault("emoji", True)
    elif copy.get("type") == "mrkdwn":
        copy.setdefault("verbatim", False)
    return copy
