"""A TCP relay on loopback between an adapter and a real server, to cut and to freeze what goes through it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import httpx

from core.adapters.kubernetes.cluster import KubernetesCluster
from core.adapters.kubernetes.credentials import Credentials
from core.adapters.kubernetes.pace import USUAL
from tests.real_parts import KubeApi
from tests.real_parts.kubernetes import ADMIN


@dataclass
class Relay:
    target: tuple[str, int]
    port: int = 0
    _server: asyncio.Server | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _flows: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Listen; after ``stop``, on the same port as before."""
        self._flows.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections and drop those there are: the server is dead."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()

    def freeze(self) -> None:
        """Accept everything and pass on nothing: the server hangs."""
        self._flows.clear()

    def thaw(self) -> None:
        self._flows.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError, asyncio.CancelledError):
            far_reader, far_writer = await asyncio.open_connection(*self.target)
            self._writers.add(far_writer)
            await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        finally:
            writer.transport.abort()
            self._writers.discard(writer)


@asynccontextmanager
async def relay_to(host: str, port: int) -> AsyncIterator[Relay]:
    relay = Relay((host, port))
    await relay.start()
    try:
        yield relay
    finally:
        await relay.stop()
        await asyncio.sleep(0.05)  # lets the aborted connections end before the loop does


@asynccontextmanager
async def through_relay(kube_api: KubeApi, folder: Path) -> AsyncIterator[tuple[Relay, KubernetesCluster]]:
    url = httpx.URL(kube_api.url)
    assert url.port is not None
    async with relay_to(url.host, url.port) as relay:
        near = replace(kube_api, url=f"https://127.0.0.1:{relay.port}")
        path = near.write_kubeconfig(folder / "near", ADMIN)
        pace = replace(USUAL, watch=(2, 3), grace=0.5, longest_pause=1.0)
        cluster = KubernetesCluster(Credentials(str(path)), deadline=timedelta(seconds=1), pace=pace)
        async with cluster:
            yield relay, cluster
