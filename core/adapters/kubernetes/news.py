import asyncio


class News:
    """Wakes the one reader of a board; hands on an error of our own, instead of silence for ever."""

    def __init__(self) -> None:
        self._there = asyncio.Event()
        self._broken: BaseException | None = None

    def tell(self) -> None:
        """Let the reader look again."""
        self._there.set()

    def break_off(self, exc: BaseException) -> None:
        """Let the reader have this error."""
        self._broken = exc
        self._there.set()

    async def wait(self) -> None:
        """Return once there is something new since the last time."""
        await self._there.wait()
        self._there.clear()
        if self._broken is not None:
            broken, self._broken = self._broken, None
            raise broken
