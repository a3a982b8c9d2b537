"""What it takes while nothing happens.

The whole bot in a process of its own, connected to the local workspace over Socket Mode, and the HAProxy that it
started, both with all mappings open and nobody connected. Beside their memory: the same two with none open.
"""

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Final

from benchmarks.parts.haproxy import folder
from benchmarks.parts.history import write_open_mappings
from benchmarks.parts.pod import GreetingPod
from benchmarks.parts.served import install, serving
from benchmarks.parts.usage import processor_seconds, resident_bytes
from benchmarks.rows import Row, Rows, Scale, mebibytes
from bot.workspace import Workspace
from core.adapters.clock import SystemClock
from core.adapters.haproxy.addresses import UnixAddress
from core.adapters.haproxy.socket_gateway import SocketGateway
from core.adapters.kubernetes.inventory import StaticInventory
from core.domain.errors import GatewayError
from core.domain.pod import Pod
from core.domain.route import Ports

GOAL: Final = 0.01
_TTL: Final = timedelta(hours=2)
_CALM: Final = 5.0
"""Seconds after the start in which the bot comes to rest."""


@dataclass(frozen=True, slots=True)
class Both:
    """The bot and its HAProxy, each by its process id."""

    bot: int
    haproxy: int

    def memory(self) -> str:
        """What they have in use."""
        return f"bot {mebibytes(resident_bytes(self.bot))}, HAProxy {mebibytes(resident_bytes(self.haproxy))}"


async def measure(scale: Scale) -> Rows:
    """Start the bot with nothing open, open everything behind its back, and start it again to be watched."""
    mappings, seconds = scale.pick(1000, 10), scale.pick(120, 2)
    with folder() as path:
        async with GreetingPod() as pod, Workspace() as workspace:
            installation = install(path, mappings, pod.port)
            address, ports = UnixAddress(installation.haproxy_socket), Ports.of(installation.ports)
            gateway = SocketGateway(address, ports, SystemClock())
            try:
                async with serving(installation, workspace) as pid:
                    await asyncio.sleep(_CALM)
                    empty = Both(pid, (await gateway.identity()).pid).memory()
                pods = await _pods(installation.inventory)
                epoch = await gateway.epoch()
                await write_open_mappings(installation.database, pods, installation.ports, _TTL, epoch)
                async with serving(installation, workspace) as pid:
                    await asyncio.sleep(_CALM)
                    both = Both(pid, (await gateway.identity()).pid)
                    return [*await _idle(both, seconds), _memory(both, mappings, empty)]
            finally:
                with suppress(GatewayError, ProcessLookupError):
                    os.kill((await gateway.identity()).pid, signal.SIGKILL)


async def _pods(inventory: Path) -> list[Pod]:
    async with StaticInventory(inventory) as cluster:
        return list(await cluster.pods("bench"))


async def _idle(both: Both, seconds: int) -> Rows:
    pids = {"bot": both.bot, "HAProxy": both.haproxy}
    before, began = {name: processor_seconds(pid) for name, pid in pids.items()}, perf_counter()
    await asyncio.sleep(seconds)
    elapsed = perf_counter() - began
    shares = {name: (processor_seconds(pid) - before[name]) / elapsed for name, pid in pids.items()}
    return [
        Row(f"{name}, idle", f"{share:.2%} of a core", f"under {GOAL:.0%}; over {seconds} s", held=share < GOAL)
        for name, share in shares.items()
    ]


def _memory(both: Both, mappings: int, empty: str) -> Row:
    return Row(f"memory with {mappings} mappings open", both.memory(), f"with none: {empty}")
