"""Adding entries to a map: those of all who add at the same time go in one request."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Final

from core.adapters.haproxy.dataplane.answers import MapEntry
from core.adapters.haproxy.dataplane.talk import Talk
from core.adapters.haproxy.slots import Entry

_AT_MOST: Final = 4096
"""Bytes for HAProxy in one request. From 8,192 on, what is sent would take the place of all that is in the map."""


class Adding:
    """Adds to one map; what is there already may be there twice then. Raises what ``Api.call`` raises."""

    def __init__(self, talk: Talk, name: str) -> None:
        self._talk, self._name = talk, name
        self._turn = asyncio.Lock()
        self._waiting: list[Entry] = []
        self._next: asyncio.Task[None] | None = None

    async def add(self, entries: Sequence[Entry]) -> None:
        """Add them; returns when they are there, or raises when they may be."""
        self._waiting += entries
        if self._next is None:
            self._next = asyncio.create_task(self._in_turn())
            self._next.add_done_callback(_seen)
        await asyncio.shield(self._next)

    async def _in_turn(self) -> None:
        async with self._turn:
            self._next = None  # whoever adds from here on has to wait for another turn
            entries, self._waiting = self._waiting, []
            for part in parts(entries):
                body = [MapEntry(key, value) for key, value in part]
                await self._talk.call((await self._talk.dialect()).fill(self._name, body))


def parts(entries: Sequence[Entry], at_most: int = _AT_MOST) -> Iterator[list[Entry]]:
    """Split entries into parts that are short enough."""
    part: list[Entry] = []
    size = 0
    for key, value in entries:
        length = len(key) + len(value) + 2  # a blank and the end of the line
        if part and size + length > at_most:
            yield part
            part, size = [], 0
        part.append((key, value))
        size += length
    if part:
        yield part


def _seen(task: asyncio.Task[None]) -> None:
    """Nobody may be left to hear of an error, and that is fine."""
    if not task.cancelled():
        task.exception()
