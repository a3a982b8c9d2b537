"""Who connects to a listening port, in the real world and in that of the twin."""

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol, Self

from core.adapters.memory.listening import MemoryConnection

PATIENCE: Final = 10.0  # seconds; nothing here takes a tenth of it


class Caller(Protocol):
    async def reached(self) -> str | None:
        """The name of the pod that it talks to; ``None`` where it was let go without reaching one."""
        ...

    async def echoes(self) -> bool:
        """Whether what it says now comes back."""
        ...

    async def ended(self) -> None:
        """Wait until the connection has been ended by the other side."""
        ...

    async def hang_up(self) -> None: ...


@dataclass
class SocketCaller:
    """A TCP connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    name: str | None = None

    @classmethod
    async def connect(cls, port: int, source: str = "127.0.0.1") -> Self:
        """Come from that address.

        Raises:
            ConnectionRefusedError: nobody listens.
        """
        with socket.socket() as connection:
            connection.bind((source, 0))
            connection.setblocking(False)
            with suppress(ConnectionResetError):  # let in by the kernel and let go by HAProxy: told by the first read
                await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
            return cls(*await asyncio.open_connection(sock=connection.dup()))

    async def reached(self) -> str | None:
        if self.name is None:
            self.name = (await self._line()).strip() or None
        return self.name

    async def echoes(self) -> bool:
        await self.reached()
        try:
            self.writer.write(b"still here\n")
            return await self._line() == "still here\n"
        except ConnectionError:
            return False

    async def ended(self) -> None:
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionError):
                while await self.reader.read(65_536):
                    pass

    async def hang_up(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    async def _line(self) -> str:
        try:
            async with asyncio.timeout(PATIENCE):
                return (await self.reader.readline()).decode()
        except ConnectionError:
            return ""


@dataclass
class MemoryCaller:
    connection: MemoryConnection

    async def reached(self) -> str | None:
        endpoint = self.connection.endpoint
        return None if endpoint is None else endpoint.uid.removeprefix("uid-of-")

    async def echoes(self) -> bool:
        if not self.connection.alive:
            return False
        self.connection.transfer(11, 11)
        return True

    async def ended(self) -> None:
        assert not self.connection.alive

    async def hang_up(self) -> None:
        self.connection.hang_up()
