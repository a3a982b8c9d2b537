"""What it takes while nothing happens.

The whole bot in a process of its own, connected to the local workspace over Socket Mode, and the HAProxy that it
started, both with all mappings open and nobody connected.
"""

import asyncio
import os
import signal
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Final

from benchmarks.parts.bot import bot
from benchmarks.parts.haproxy import folder
from benchmarks.parts.pod import GreetingPod
from benchmarks.parts.served import Installation, install, serving
from benchmarks.parts.usage import processor_seconds, resident_bytes
from benchmarks.rows import Row, Rows, Scale, mebibytes
from bot.workspace import Workspace
from core.adapters.clock import SystemClock
from core.adapters.database.database import Database
from core.adapters.haproxy.configuration import UnixAddress
from core.adapters.haproxy.socket_gateway import SocketGateway
from core.adapters.kubernetes.inventory import StaticInventory
from core.adapters.memory.gateway import MemoryGateway
from core.domain.errors import GatewayError
from core.interfaces import UnitOfWork

GOAL: Final = 0.01
_TTL: Final = timedelta(hours=2)
_AT_A_TIME: Final = 20
_LOOK_EVERY: Final = 0.5
_CALM: Final = 3.0
"""Seconds after the start in which the bot comes to rest."""


async def measure(scale: Scale) -> Rows:
    """Start it twice: with mappings that another HAProxy served, so that it catches up, and then to be watched."""
    mappings, seconds = scale.pick(1000, 10), scale.pick(30, 2)
    with folder() as path:
        async with GreetingPod() as pod, Workspace() as workspace:
            installation = install(path, mappings, pod.port)
            await _open_all(installation, pod, mappings)
            gateway = SocketGateway(UnixAddress(installation.haproxy_socket), installation.ports, SystemClock())
            try:
                async with serving(installation, workspace):
                    await _caught_up(installation, gateway)
                await _silence(installation)
                async with serving(installation, workspace) as pid:
                    await asyncio.sleep(_CALM)
                    return await _watched(mappings, {"bot": pid, "HAProxy": (await gateway.identity()).pid}, seconds)
            finally:
                with suppress(GatewayError, ProcessLookupError):
                    os.kill((await gateway.identity()).pid, signal.SIGKILL)


async def _open_all(installation: Installation, pod: GreetingPod, mappings: int) -> None:
    turn = asyncio.Semaphore(_AT_A_TIME)
    gateway = MemoryGateway(installation.ports, SystemClock())
    async with (
        StaticInventory(installation.inventory) as cluster,
        bot(installation.database, gateway, (), cluster) as running,
    ):

        async def open_one(number: int) -> None:
            async with turn:
                await running.open(pod.as_pod(number), _TTL)

        await asyncio.gather(*map(open_one, range(mappings)))


async def _caught_up(installation: Installation, gateway: SocketGateway) -> None:
    """Wait until it is on record that every mapping is served by the present HAProxy."""
    async with Database(f"sqlite:///{installation.database}") as database:
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            with suppress(GatewayError):
                epoch = await gateway.epoch()
                async with database.storage.unit_of_work() as uow:
                    if all(m.baseline and m.baseline.epoch == epoch for m in await uow.mappings.live()):
                        return


async def _silence(installation: Installation) -> None:
    """Take back what there is to tell, or the bot would be busy telling it for as long as we watch."""
    async with Database(f"sqlite:///{installation.database}") as database:
        while await _silenced(database.storage.unit_of_work()):
            pass


async def _silenced(unit_of_work: UnitOfWork) -> bool:
    now = datetime.now(UTC)
    async with unit_of_work as uow:
        waiting = await uow.outbox.waiting(now + timedelta(days=1), limit=500)
        await uow.outbox.done([entry.id for entry in waiting], now)
        await uow.commit()
    return bool(waiting)


async def _watched(mappings: int, pids: dict[str, int], seconds: int) -> Rows:
    before, began = {name: processor_seconds(pid) for name, pid in pids.items()}, perf_counter()
    await asyncio.sleep(seconds)
    elapsed = perf_counter() - began
    shares = {name: (processor_seconds(pid) - before[name]) / elapsed for name, pid in pids.items()}
    return [
        *(
            Row(f"{name}, {mappings} mappings: idle", f"{share:.2%} of a core", f"under {GOAL:.0%}", held=share < GOAL)
            for name, share in shares.items()
        ),
        *(Row(f"{name}, {mappings} mappings: memory", mebibytes(resident_bytes(pid))) for name, pid in pids.items()),
    ]
