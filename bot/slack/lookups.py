"""Answers of somebody else's, kept for a while, and asked for once however many want to know."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from core.interfaces import Clock

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Answer]):
    answer: Answer
    at: datetime


class Lookups(Generic[Key, Answer]):
    """Looks things up by key.

    Args:
        ask: who knows; what it raises is raised to everybody who waits, and kept for nobody.
        clock: tells how old an answer is.
        fresh_for: an answer of that age is given again without asking.
    """

    def __init__(self, ask: Callable[[Key], Awaitable[Answer]], clock: Clock, fresh_for: timedelta) -> None:
        self._ask, self._clock, self._fresh_for = ask, clock, fresh_for
        self._kept: dict[Key, _Kept[Answer]] = {}
        self._under_way: dict[Key, asyncio.Task[Answer]] = {}

    async def get(self, key: Key) -> Answer:
        """Give the answer that is kept, or ask; whoever comes while it is being asked for waits for the same one."""
        kept = self.kept(key, self._fresh_for)
        if kept is not None:
            return kept
        asking = self._under_way.get(key)
        if asking is None:
            asking = self._under_way[key] = asyncio.create_task(self._look_up(key))
            asking.add_done_callback(lambda task: self._arrived(key, task))
        return await asyncio.shield(asking)  # one who gives up does not take the answer from the others

    def kept(self, key: Key, not_older_than: timedelta) -> Answer | None:
        """Give an answer that is kept, if it is no older than that; the clock may have been set back meanwhile."""
        known = self._kept.get(key)
        if known is not None and timedelta() <= self._clock.now() - known.at <= not_older_than:
            return known.answer
        return None

    def forget(self, key: Key) -> None:
        """Ask anew the next time; what is under way was asked before, and is not kept."""
        self._kept.pop(key, None)
        self._under_way.pop(key, None)

    async def _look_up(self, key: Key) -> Answer:
        asked_at = self._clock.now()
        answer = await self._ask(key)
        if self._under_way.get(key) is asyncio.current_task():
            self._kept[key] = _Kept(answer, asked_at)
        return answer

    def _arrived(self, key: Key, task: asyncio.Task[Answer]) -> None:
        if self._under_way.get(key) is task:
            del self._under_way[key]
        if not task.cancelled():
            task.exception()  # somebody has heard of it, or nobody waits any more
