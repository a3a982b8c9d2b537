"""HAProxy with a Data Plane API before it: the stand-in's two versions, and the program that DATAPLANEAPI names."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from benchmarks.machine import haproxy
from benchmarks.parts.haproxy import Haproxy, folder, free_range
from core.adapters.clock import SystemClock
from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.dataplane.gateway import DataplaneGateway
from core.adapters.haproxy.dataplane.rendering import ApiPlace, files_with_api
from core.domain.errors import GatewayError
from tests.contract.gateway.haproxies import ForeignHaproxy, password_in_the_environment, running_api
from tests.dataplane_standin import PASSWORD, USER, Kind

_PATIENCE: Final = 30.0
_LOOK_EVERY: Final = 0.005
_PROGRAM: Final = Path(os.environ.get("DATAPLANEAPI", ""))

Which: TypeAlias = Kind | Path
"""A version of the stand-in, or the program itself."""


def whichever() -> dict[str, Which]:
    """All that can be measured here, by what a row calls it."""
    found: dict[str, Which] = {f"stand-in {kind.value}": kind for kind in (Kind.V3_4, Kind.V2_9)}
    return found | ({_PROGRAM.name: _PROGRAM} if _PROGRAM.name else {})


@dataclass(frozen=True, slots=True)
class Behind:
    """An HAProxy, and the gateway that reaches it by the API."""

    haproxy: Haproxy
    config: GatewayConfig
    gateway: DataplaneGateway

    async def restarted(self) -> None:
        """Have another process take its place, which serves nothing; returns when it answers."""
        epoch = await self.gateway.epoch()
        await self.haproxy.kill()
        await self.haproxy.start()
        await _ready(self.gateway, epoch)


@asynccontextmanager
async def haproxy_behind(which: Which, slots: int) -> AsyncIterator[Behind]:
    """Start both, with so many slots on free ports of loopback."""
    async with AsyncExitStack() as stack:
        stack.enter_context(password_in_the_environment())
        path, api_port = stack.enter_context(folder()), free_range(1).first
        config = GatewayConfig(ports=free_range(slots), folder=path, maxconn=4 * slots + 100)
        url = f"http://127.0.0.1:{api_port}"
        for file, text in files_with_api(config, ApiPlace(url, USER)).items():
            file.write_text(text)
        process = Haproxy(config.haproxy_cfg)
        await process.start()
        stack.push_async_callback(process.kill)
        url = await _started(which, config, url, stack)
        gateway = DataplaneGateway(url, lambda: (USER, PASSWORD), config.all_ports, SystemClock())
        await stack.enter_async_context(gateway)
        await _ready(gateway, "")
        yield Behind(process, config, gateway)


async def _started(which: Which, config: GatewayConfig, url: str, stack: AsyncExitStack) -> str:
    if isinstance(which, Path):
        stack.enter_context(running_api(which, ForeignHaproxy(haproxy(), config), url))
        return url
    command = [sys.executable, "-m", "benchmarks.parts.standin_process", str(config.folder), which.value]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    stack.push_async_callback(_ended, process)
    if process.stdout is None:
        raise RuntimeError("the stand-in has no voice")
    async with asyncio.timeout(_PATIENCE):
        return (await process.stdout.readline()).decode().strip()


async def _ended(process: asyncio.subprocess.Process) -> None:
    process.kill()
    await process.wait()


async def _ready(gateway: DataplaneGateway, before: str) -> None:
    """Wait until it answers from another life than that."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            try:
                if await gateway.epoch() != before:
                    return
            except GatewayError:
                pass  # not yet
            await asyncio.sleep(_LOOK_EVERY)
