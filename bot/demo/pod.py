"""The "pod" of the demo: an echo server on loopback that says its name and counts its callers."""

import asyncio
from typing import Self


class EchoPod:
    """Greets each caller, then answers every line with the pod's name before it.

    Args:
        name: what it says.
        port: 0 takes any that is free.
    """

    def __init__(self, name: str, port: int = 0) -> None:
        self.name, self._wanted = name, port
        self.callers = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        """Listen on 127.0.0.1."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._wanted)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up on everybody, and stop."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            for writer in tuple(self._writers):
                writer.close()
            await server.wait_closed()

    @property
    def port(self) -> int:
        """Where it listens.

        Raises:
            RuntimeError: it does not.
        """
        if self._server is None:
            raise RuntimeError(f"{self.name} is not running")
        return int(self._server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.callers += 1
        self._writers.add(writer)
        try:
            writer.write(f"{self.name} says hello\n".encode())
            async for line in reader:
                writer.write(f"{self.name}: ".encode() + line)
                await writer.drain()
        except ConnectionError:
            pass  # cut from the other side, which is what the demo is about
        finally:
            self._writers.discard(writer)
            writer.close()
