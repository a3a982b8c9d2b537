"""How a waiting person says which message is meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from bot.workspace.rendering.transcript import render

if TYPE_CHECKING:
    from bot.workspace.messages import Message

Matching: TypeAlias = str | Callable[["Message"], bool] | None


def matches(message: Message, matching: Matching) -> bool:
    """Whether the message is meant: a piece of its rendering or of its text, a predicate, or anything."""
    if matching is None:
        return True
    if isinstance(matching, str):
        return matching in message.text or matching in render(message)
    return matching(message)
