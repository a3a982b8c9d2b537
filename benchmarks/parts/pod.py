"""A "pod" on loopback that greets whoever connects, and the callers that it greets."""

import asyncio
import time
from contextlib import suppress
from ipaddress import IPv4Address
from typing import Final, Self

from core.domain.pod import ContainerPort, Phase, Pod
from core.domain.target import PodRef, PodUid

LOOPBACK: Final = IPv4Address("127.0.0.1")
NAMESPACE: Final = "bench"
_PATIENCE: Final = 30.0


def pod_at(port: int, number: int, port_name: str = "debug") -> Pod:
    """A pod whose program listens on that port of loopback."""
    ports = (ContainerPort(port, port_name),)
    return Pod(
        PodRef(NAMESPACE, f"pod-{number}"), PodUid(f"uid-{number}"), Phase.RUNNING, LOOPBACK, ready=True, ports=ports
    )


class GreetingPod:
    """Sends one byte to each caller, and waits until they hang up."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, str(LOOPBACK), 0, backlog=4096)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
            for writer in tuple(self._writers):
                writer.close()
            await self._server.wait_closed()

    def as_pod(self, number: int) -> Pod:
        """One of as many pods as are wanted, all behind this one's address."""
        return pod_at(self.port, number)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            writer.write(b"!")
            await reader.read()
        except ConnectionError:
            pass  # cut from the other side
        finally:
            self._writers.discard(writer)
            writer.close()


class Caller:
    """A connection that was greeted."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def connect(cls, port: int) -> Self:
        """Connect, and wait for the first byte.

        Raises:
            ConnectionError: there is no way through that port now.
        """
        reader, writer = await asyncio.open_connection(str(LOOPBACK), port)
        if await reader.read(1) != b"!":
            writer.close()
            raise ConnectionError(f"port {port} leads nowhere")
        return cls(reader, writer)

    async def cut_at(self) -> float:
        """Wait until the other side ends it; returns the wall time of that."""
        async with asyncio.timeout(_PATIENCE):
            with suppress(ConnectionError):
                await self._reader.read()
        return time.time()

    def hang_up(self) -> None:
        """End it."""
        self._writer.close()
