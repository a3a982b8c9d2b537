"""Whose turn it is on a port: work on one is done one after the other."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager


class Turns:
    """A lock for each port."""

    def __init__(self) -> None:
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    def on(self, port: int) -> asyncio.Lock:
        """Hold one port."""
        return self._locks[port]

    @asynccontextmanager
    async def on_all(self, ports: Iterable[int]) -> AsyncIterator[None]:
        """Hold these and every other that was ever held; in order, so that two of us cannot wait for each other."""
        async with AsyncExitStack() as stack:
            for port in sorted({*ports, *self._locks}):
                await stack.enter_async_context(self._locks[port])
            yield
