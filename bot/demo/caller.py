"""A developer's TCP client, as far as the demo needs one."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Self


class Caller:
    """One connection through a mapping's port."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def connect(cls, port: int, source: str = "127.0.0.1") -> Self:
        """Connect to a port of this machine from one of its loopback addresses."""
        return cls(*await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0)))

    async def line(self) -> str:
        """Read a line; "" where the other side has hung up."""
        try:
            async with asyncio.timeout(5):
                return (await self._reader.readline()).decode().strip()
        except ConnectionError:
            return ""

    async def says(self, text: str) -> str:
        """Send a line, and read the answer; "" where the other side has hung up."""
        try:
            self._writer.write(f"{text}\n".encode())
            await self._writer.drain()
        except ConnectionError:
            return ""
        return await self.line()

    async def is_cut(self, within: float) -> datetime:
        """Wait until the other side hangs up.

        Returns:
            The moment.

        Raises:
            TimeoutError: it does not, within so many seconds.
        """
        async with asyncio.timeout(within):
            try:
                while await self._reader.read(1024):
                    pass
            except ConnectionError:
                pass  # a reset is an end too
        return datetime.now(UTC)

    async def hang_up(self) -> None:
        """Close this side."""
        self._writer.close()
        with suppress(ConnectionError):  # it was cut already
            await self._writer.wait_closed()
