"""Time that passes only where nothing else is left to do: an hour of waiting takes no time, and is the same each time.

The services wait by ``asyncio.sleep`` and ``asyncio.timeout``; on this loop they run as they are, without real waiting.
"""

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from inspect import isawaitable
from typing import TypeAlias

from core.adapters.memory.clock import SOME_DAY
from core.domain.mapping import MappingId

Look: TypeAlias = Callable[[MappingId], Awaitable[None] | None]


class _Leaping(selectors.SelectSelector):
    """Instead of waiting, has the time gone by."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everybody waits for something that will never happen")
        if not ready and timeout is not None:
            self.now += max(timeout, 0)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock leaps to the next thing to do."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        """Seconds since it was made."""
        return self._leaping.now


class VirtualTimePolicy(asyncio.DefaultEventLoopPolicy):
    """Makes such loops, for the fixture ``event_loop_policy``."""

    def new_event_loop(self) -> VirtualTimeLoop:
        return VirtualTimeLoop()


class LoopClock:
    """A wall clock that goes with a loop's time, and can be put forward or back."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start: datetime = SOME_DAY) -> None:
        self._loop, self._start = loop, start

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.time())

    def step(self, by: timedelta) -> None:
        """Put it forward, or back."""
        self._start += by


class LoopScheduler:
    """Appointments that are kept by a loop: like those of a real one, they do not see that the clock was put."""

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: LoopClock, look: Look) -> None:
        self._loop, self._clock, self._look = loop, clock, look
        self._handles: dict[MappingId, asyncio.TimerHandle] = {}

    def look_at(self, mapping_id: MappingId, when: datetime) -> None:
        self.forget(mapping_id)
        delay = (when - self._clock.now()).total_seconds()
        self._handles[mapping_id] = self._loop.call_later(delay, self._go_off, mapping_id)

    def forget(self, mapping_id: MappingId) -> None:
        handle = self._handles.pop(mapping_id, None)
        if handle is not None:
            handle.cancel()

    def _go_off(self, mapping_id: MappingId) -> None:
        self._handles.pop(mapping_id, None)
        answer = self._look(mapping_id)
        assert not isawaitable(answer), "the timers start their own tasks"
