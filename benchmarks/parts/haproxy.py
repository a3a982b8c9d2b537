"""HAProxy as a process of its own, with a configuration of ours or any other."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from benchmarks.machine import haproxy
from core.adapters.clock import SystemClock
from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.rendering import render
from core.adapters.haproxy.socket_gateway import SocketGateway
from core.domain.errors import GatewayError
from core.domain.route import PortRange
from tests.real_parts import free_ports

_PATIENCE: Final = 30.0
_LOOK_EVERY: Final = 0.002


@contextmanager
def folder() -> Iterator[Path]:
    """A private folder with a path that leaves room for the name of a socket."""
    path = Path(tempfile.mkdtemp(prefix="pp-")).resolve()
    try:
        yield path
    finally:
        shutil.rmtree(path)


class Haproxy:
    """One process after the other, with the same configuration."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Of the process.

        Raises:
            RuntimeError: there is none.
        """
        if self._process is None:
            raise RuntimeError("HAProxy was not started")
        return self._process.pid

    async def start(self) -> None:
        """Start it; returns before it is ready."""
        with self._config.with_suffix(".log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                haproxy(), "-db", "-f", self._config, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )

    async def kill(self) -> None:
        """End it at once."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()


class OurHaproxy(Haproxy):
    """One of slots, and the gateway that speaks to it."""

    def __init__(self, config: GatewayConfig) -> None:
        super().__init__(config.haproxy_cfg)
        self.config = config
        self.gateway = SocketGateway(config.runtime_address, config.all_ports, SystemClock())

    async def ready(self) -> None:
        """Wait until it answers."""
        async with asyncio.timeout(_PATIENCE):
            while True:
                try:
                    await self.gateway.epoch()
                except GatewayError:
                    await asyncio.sleep(_LOOK_EVERY)
                else:
                    return


@asynccontextmanager
async def our_haproxy(slots: int) -> AsyncIterator[OurHaproxy]:
    """Start one with so many slots on free ports of loopback."""
    with folder() as path:
        config = GatewayConfig(ports=free_range(slots), folder=path, maxconn=4 * slots + 100)
        rendered = render(config)
        config.haproxy_cfg.write_text(rendered.haproxy_cfg)
        config.lua.write_text(rendered.lua)
        config.allow_map.touch()
        config.until_map.touch()
        process = OurHaproxy(config)
        try:
            await process.start()
            await process.ready()
            yield process
        finally:
            await process.kill()


def free_range(count: int) -> PortRange:
    """So many free ports in a row."""
    ports: Sequence[int] = free_ports(count)
    return PortRange(ports[0], ports[-1])
