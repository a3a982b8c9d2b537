"""Services that all come at the same moment.

The bot runs and no Service has a port; then the cluster shows all of them. Counted until a caller has the first byte
through each one's port, the calls included. By the runtime socket, by the stand-in of the Data Plane API in a process
of its own, in its two versions, and by the program itself where DATAPLANEAPI names it. Beside it, in the same run: as
many calls on the pod's own port, and what the gateway takes, without the bot, to serve as many routes at a stroke.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Final, TypeAlias

from benchmarks.parts.apis import Behind, haproxy_behind, whichever
from benchmarks.parts.haproxy import OurHaproxy, our_haproxy
from benchmarks.parts.pod import LOOPBACK, Caller, GreetingPod
from benchmarks.parts.standing import service, standing
from benchmarks.rows import Row, Rows, Scale, shown
from core.adapters.memory.services import MemoryServices
from core.domain.policy import PRIVATE_NETWORKS
from core.domain.route import PortRange, Route
from core.domain.target import Endpoint, PodUid
from core.interfaces import Gateway

_CALM: Final = 1.0
"""Seconds after the start in which the bot comes to rest."""
_LOOK_EVERY: Final = 0.02
_PATIENCE: Final = 600.0

Way: TypeAlias = OurHaproxy | Behind


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds."""

    led: float
    called: float
    at_a_stroke: float


async def measure(scale: Scale) -> Rows:
    """Each way in turn, from an empty HAProxy and an empty database."""
    many = scale.pick(1000, 10)
    rows = []
    for name in ("runtime socket", *whichever()):
        async with _way(name, many) as way, GreetingPod() as pod:
            found = await _measured(way.gateway, way.config.folder, way.config.ports, pod)
        beside = f"{many} calls on the pod: {shown(found.called)}; routes at a stroke: {shown(found.at_a_stroke)}"
        rows.append(Row(f"{name}: {many} Services from empty", shown(found.led), beside))
    return rows


@asynccontextmanager
async def _way(name: str, slots: int) -> AsyncIterator[Way]:
    if name in whichever():
        async with haproxy_behind(whichever()[name], slots) as behind:
            yield behind
    else:
        async with our_haproxy(slots) as haproxy:
            yield haproxy


async def _measured(gateway: Gateway, folder: Path, ports: PortRange, pod: GreetingPod) -> Measured:
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    endpoint = Endpoint(LOOPBACK, pod.port, PodUid("uid"))
    began = perf_counter()
    await gateway.resync([Route(port, endpoint, PRIVATE_NETWORKS, until) for port in ports.numbers()])
    at_a_stroke = perf_counter() - began
    await gateway.resync([])
    services = MemoryServices()
    async with standing(folder / "services.db", gateway, ports, services):
        await asyncio.sleep(_CALM)
        began = perf_counter()
        for number in range(len(ports)):
            services.put(service(number, pod))
        await _all_called(ports.numbers())
        led = perf_counter() - began
    began = perf_counter()
    await _all_called([pod.port] * len(ports))
    return Measured(led, perf_counter() - began, at_a_stroke)


async def _all_called(ports: Collection[int]) -> None:
    async with asyncio.timeout(_PATIENCE):
        for port in ports:
            while not await _leads_somewhere(port):  # noqa: ASYNC110 - another process brings it about
                await asyncio.sleep(_LOOK_EVERY)


async def _leads_somewhere(port: int) -> bool:
    with suppress(ConnectionError):
        (await Caller.connect(port)).hang_up()
        return True
    return False
