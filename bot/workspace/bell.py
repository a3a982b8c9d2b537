import asyncio
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")


class NotSeenError(TimeoutError):
    """What somebody waited for did not come; the text says what is there instead."""


class Bell:
    """Rings whenever anything in the workspace changes, so that nobody has to poll."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody who waits."""
        self._rung.set()
        self._rung = asyncio.Event()

    def next_ring(self) -> asyncio.Event:
        """Return what the next ring will set: ask for it before you look, and nothing is missed."""
        return self._rung

    async def find(self, look: Callable[[], Seen | None], *, within: float, describe: Callable[[], str]) -> Seen:
        """Look again after every change, until there is something.

        Args:
            look: returns what it found, or None.
            within: seconds to wait at most.
            describe: says what was waited for and what there is; asked only on failure.

        Raises:
            NotSeenError: nothing was found in time.
        """
        try:
            async with asyncio.timeout(within):
                while (seen := look()) is None:
                    await self._rung.wait()
                return seen
        except TimeoutError as exc:
            raise NotSeenError(f"not seen within {within:g} s: {describe()}") from exc
