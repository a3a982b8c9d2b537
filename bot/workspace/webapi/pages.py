import base64
import binascii
from collections.abc import Sequence
from typing import Final

from bot.workspace.errors import ApiError
from bot.workspace.webapi.arguments import Arguments
from bot.workspace.wire import JsonObject

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1000


def page(name: str, items: Sequence[object], args: Arguments) -> JsonObject:
    """One page of a list and the cursor to the next; an empty cursor at the end.

    Raises:
        ApiError: the cursor is not one of ours, or the limit is out of bounds.
    """
    limit = args.number("limit", DEFAULT_LIMIT) or DEFAULT_LIMIT
    if limit > MAX_LIMIT:
        raise ApiError("invalid_limit")
    start = _offset(args.text("cursor"))
    following = start + limit
    cursor = base64.b64encode(f"next:{following}".encode()).decode() if following < len(items) else ""
    return {name: list(items[start:following]), "response_metadata": {"next_cursor": cursor}}


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except (binascii.Error, ValueError) as exc:
        raise ApiError("invalid_cursor") from exc
