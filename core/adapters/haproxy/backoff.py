import asyncio
from typing import Final

FIRST: Final = 0.05
LONGEST: Final = 30.0
STEADY: Final = 60.0
"""Seconds that it has to hold, to be tried at once the next time."""


class Backoff:
    """Lets something be tried at once, and again after longer and longer waits, until it has held for a while."""

    def __init__(self) -> None:
        self._wait = 0.0
        self._latest = float("-inf")

    async def turn(self) -> None:
        """Wait for the time of the next try."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._latest > STEADY:
            self._wait = 0.0
        await asyncio.sleep(self._wait)
        self._wait = min(max(2 * self._wait, FIRST), LONGEST)
        self._latest = loop.time()
