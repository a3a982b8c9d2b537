"""Real TCP endpoints on loopback: what a listening port leads to."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address

from core.domain.target import Endpoint, PodUid
from tests.real_parts import free_port


@dataclass
class EchoPod:
    """Says its name to whoever connects, then says back what it hears."""

    name: str
    endpoint: Endpoint
    server: asyncio.Server | None = None
    tasks: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tasks[writer] = asyncio.current_task()
        try:
            writer.write(f"{self.name}\n".encode())
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass  # a cut connection may be reset
        finally:
            del self.tasks[writer]
            writer.close()

    def stop_listening(self) -> None:
        """Take nobody new, and keep who is connected."""
        if self.server is not None:
            self.server.close()

    async def close(self) -> None:
        """End every connection."""
        tasks = [task for task in self.tasks.values() if task is not None]
        for writer in tuple(self.tasks):
            writer.close()
        await asyncio.gather(*tasks)


@asynccontextmanager
async def echo_pod(name: str, host: str = "127.0.0.1", port: int | None = None) -> AsyncIterator[EchoPod]:
    """A pod that lives as long as the block."""
    number = port or free_port()
    pod = EchoPod(name, Endpoint(ip_address(host), number, PodUid(f"uid-of-{name}")))
    pod.server = await asyncio.start_server(pod.serve, host, number)
    try:
        yield pod
    finally:
        pod.stop_listening()
        await pod.close()
        await pod.server.wait_closed()


def refusing_endpoint() -> Endpoint:
    """Where nothing listens."""
    return Endpoint(ip_address("127.0.0.1"), free_port(), PodUid("uid-of-nobody"))


@asynccontextmanager
async def silent_endpoint() -> AsyncIterator[Endpoint]:
    """Where connections are neither accepted nor refused: a listener whose queue is full drops what comes (Linux)."""
    port = free_port()
    with socket.create_server(("127.0.0.1", port), backlog=0), socket.socket() as filler, socket.socket() as waiting:
        filler.connect(("127.0.0.1", port))
        waiting.setblocking(False)
        waiting.connect_ex(("127.0.0.1", port))
        yield Endpoint(ip_address("127.0.0.1"), port, PodUid("uid-of-silence"))


@asynccontextmanager
async def mute_endpoint() -> AsyncIterator[Endpoint]:
    """Where connections are accepted by the kernel and nobody ever says a word."""
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        yield Endpoint(ip_address("127.0.0.1"), port, PodUid("uid-of-a-mute"))
