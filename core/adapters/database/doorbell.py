import asyncio
from collections.abc import AsyncIterator
from typing import Self
from weakref import WeakSet


class _Listener:
    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> None:
        await self._rung.wait()
        self._rung.clear()


class Doorbell:
    """Wakes everybody who listens; several rings before somebody comes to the door are one."""

    def __init__(self) -> None:
        self._listeners = WeakSet[_Listener]()

    def ring(self) -> None:
        """Say that there was a commit."""
        for listener in self._listeners:
            listener.ring()

    def commits(self) -> AsyncIterator[None]:
        """Listen from this call on; each listener hears every ring."""
        listener = _Listener()
        self._listeners.add(listener)
        return listener
