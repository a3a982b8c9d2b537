"""One reading for all who want it at the same time: what is read of all slots serves everybody's look at one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Reads one after the other; whoever asks is told by a reading that began after that, never by an older one."""

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self._read = read
        self._turn = asyncio.Lock()
        self._next: asyncio.Task[T] | None = None
        self.latest: T | None = None  # what the last reading found

    async def get(self) -> T:
        """Read, or wait for a reading that is about to begin; raises what reading raises."""
        if self._next is None:
            self._next = asyncio.create_task(self._in_turn())
            self._next.add_done_callback(_seen)
        return await asyncio.shield(self._next)

    async def _in_turn(self) -> T:
        async with self._turn:
            self._next = None  # whoever asks from here on has to wait for another one
            self.latest = await self._read()
            return self.latest


def _seen(task: asyncio.Task[T]) -> None:
    """Nobody may be left to hear of an error, and that is fine."""
    if not task.cancelled():
        task.exception()
