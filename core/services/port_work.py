"""One piece of work per port at a time, many ports at once, and now and then the whole gateway alone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from core.domain.route import PortRange
from core.services.tasks import start

AT_ONCE: Final = 32
"""Ports that are worked on at the same time; the gateway and the database have to bear it."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Ports of which a thousand may be wanted at once: they have places of their own, so that no other waits for them.

    Attributes:
        at_once: how many of them are worked on at the same time.
    """

    ports: PortRange
    at_once: int


class PortWork:
    """Calls ``do(port)`` for every port that is wanted; a port wanted while it is worked on is done once more after.

    ``do`` handles its own failures: what it raises ends everything.
    """

    def __init__(self, do: Callable[[int], Awaitable[None]], crowd: Crowd | None = None) -> None:
        self._do, self._crowd = do, crowd
        self._begin()

    def _begin(self) -> None:
        self._tasks: asyncio.TaskGroup | None = None
        self._wanted: set[int] = set()
        self._busy: set[int] = set()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._crowded = asyncio.Semaphore(self._crowd.at_once if self._crowd else 1)
        self._turn = asyncio.Condition()
        self._acting = 0
        self._alone = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.TaskGroup]:
        """Accept work; leaving waits for what is under way, and an error cancels it."""
        self._begin()
        try:
            async with asyncio.TaskGroup() as self._tasks:
                yield self._tasks
        finally:
            self._tasks = None

    def want(self, port: int) -> None:
        """Have a port worked on soon; may be called from anywhere in the loop."""
        self._wanted.add(port)
        if port not in self._busy and self._tasks is not None and start(self._tasks, self._work(port)):
            self._busy.add(port)

    def _places_of(self, port: int) -> asyncio.Semaphore:
        return self._crowded if self._crowd and port in self._crowd.ports else self._places

    async def _work(self, port: int) -> None:
        places = self._places_of(port)
        try:
            while port in self._wanted:
                async with places, self._act():
                    self._wanted.discard(port)
                    await self._do(port)
        finally:
            self._busy.discard(port)

    @asynccontextmanager
    async def _act(self) -> AsyncIterator[None]:
        async with self._turn:
            await self._turn.wait_for(lambda: not self._alone)
            self._acting += 1
        try:
            yield
        finally:
            async with self._turn:
                self._acting -= 1
                self._turn.notify_all()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Have every port left alone meanwhile: wait for the work under way, and hold back what comes."""
        async with self._turn:
            self._alone = True
        try:
            async with self._turn:
                await self._turn.wait_for(lambda: not self._acting)
            yield
        finally:
            async with self._turn:
                self._alone = False
                self._turn.notify_all()
