"""What the tests around one HAProxy of our own do again and again."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from core.adapters.haproxy import process
from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.embedded import EmbeddedGateway
from core.domain.errors import GatewayError
from core.domain.route import Route
from core.domain.sources import Sources
from core.domain.target import Endpoint
from tests.contract.gateway.callers import PATIENCE, SocketCaller

T = TypeVar("T")


def socket_of(config: GatewayConfig) -> Path:
    return config.folder / "admin.sock"


def in_seconds(seconds: float) -> datetime:
    """The first whole second that is at least so far away."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0) + timedelta(seconds=1)


def route_to(endpoint: Endpoint, port: int, until: datetime | None = None) -> Route:
    return Route(port, endpoint, Sources.parse("127.0.0.0/8"), until or in_seconds(3600))


@asynccontextmanager
async def calling(port: int, source: str = "127.0.0.1") -> AsyncIterator[SocketCaller]:
    """A caller that hangs up at the end of the block."""
    caller = await SocketCaller.connect(port, source)
    try:
        yield caller
    finally:
        await caller.hang_up()


async def reached(port: int) -> str | None:
    """The name of the pod that a caller reaches now."""
    async with calling(port) as caller:
        return await caller.reached()


async def pid_of(gateway: EmbeddedGateway) -> int:
    return (await gateway.identity()).pid


async def kill_haproxy(gateway: EmbeddedGateway) -> int:
    """Have it die at once; returns which process it was."""
    pid = await pid_of(gateway)
    os.kill(pid, signal.SIGKILL)
    return pid


def kill_who_listens(config: GatewayConfig) -> None:
    """End whatever answers in the folder of an HAProxy of our own."""
    found = process.listener(socket_of(config))
    if found is not None and found.pid not in {None, os.getpid()}:
        os.kill(found.pid or 0, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(found.pid or 0, 0)


async def another_process(gateway: EmbeddedGateway, before: int) -> int:
    """Wait until another HAProxy answers."""

    async def found() -> int | None:
        with suppress(GatewayError):
            pid = await pid_of(gateway)
            return pid if pid != before else None
        return None

    return await eventually(found)


async def eventually(look: Callable[[], Awaitable[T | None]]) -> T:
    """Look again and again until there is something to see."""
    async with asyncio.timeout(PATIENCE):
        while not (seen := await look()):  # noqa: ASYNC110 - nothing tells when it is there to see
            await asyncio.sleep(0.01)
        return seen
