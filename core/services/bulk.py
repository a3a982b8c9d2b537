"""Ports that may be wanted by the hundred: a few are done one by one, many with the whole gateway at once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

MANY: Final = 20
"""Up to so many at once are done one by one; each of those costs more, the more there are in all."""
EVERY: Final = 0.25
"""Seconds between two times that all is done at once; what waits for its own turn has it meanwhile."""


class Bulk:
    """Gathers ports, and has them done one way or the other.

    Args:
        one: has one port done soon.
        everything: has all of them done; ``False`` where nothing can be done yet.
    """

    def __init__(self, one: Callable[[int], None], everything: Callable[[], Awaitable[bool]]) -> None:
        self._one, self._everything = one, everything
        self._wanted: set[int] = set()
        self._news = asyncio.Event()

    def want(self, port: int) -> None:
        """Have a port done soon; may be called from anywhere in the loop."""
        self._wanted.add(port)
        self._news.set()

    async def run(self) -> None:
        """Have done what is wanted, until cancelled; what was wanted before has been done otherwise."""
        self._wanted, self._news = set(), asyncio.Event()
        while True:
            await self._news.wait()
            self._news.clear()
            ports, self._wanted = self._wanted, set()
            if len(ports) <= MANY:
                for port in ports:
                    self._one(port)
                continue
            if not await self._everything():
                self._wanted |= ports
                self._news.set()
            await asyncio.sleep(EVERY)
