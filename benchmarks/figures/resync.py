"""All open mappings back after a restart of HAProxy.

HAProxy is killed with all its mappings open and started again. Counted from the moment in which the new process
answers: the resync alone, and, with the bot running, until the ports lead to their pods again, its noticing included.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Final

from benchmarks.parts.bot import bot
from benchmarks.parts.haproxy import OurHaproxy, our_haproxy
from benchmarks.parts.history import write_open_mappings
from benchmarks.parts.pod import LOOPBACK, Caller, GreetingPod
from benchmarks.rows import Row, Rows, Scale, below, median, shown
from core.domain.policy import PRIVATE_NETWORKS
from core.domain.route import Route
from core.domain.target import Endpoint, PodUid
from core.services.reconciler import EPOCH_EVERY

GOAL: Final = 0.5
WITHIN: Final = 1.0
_TTL: Final = timedelta(hours=2)
_CALM: Final = 1.0
"""Seconds after a start in which the bot comes to rest."""
_LOOK_EVERY: Final = 0.005
_LOOKED_AT: Final = 20
"""Ports, spread over the range, that must lead to their pods."""


async def measure(scale: Scale) -> Rows:
    """Kill and start again, several times."""
    mappings, times = scale.pick(1000, 20), scale.pick(7, 2)
    async with GreetingPod() as pod, our_haproxy(mappings) as haproxy:
        ports = haproxy.config.ports.numbers()
        routes = [_route(pod, port) for port in ports]
        alone = [await _resynced(haproxy, routes) for _ in range(times)]
        back = [await _back(haproxy, pod, f"{number}.db") for number in range(times)]
    return [
        below(f"resync of {mappings} mappings, median of {times}", median(alone), GOAL),
        below(
            f"until {mappings} mappings serve again with the bot running, median of {times}",
            median(back),
            WITHIN,
            f"the bot looks every {shown(EPOCH_EVERY)}",
        ),
        Row("the slowest of them", shown(max(back))),
    ]


def _route(pod: GreetingPod, port: int) -> Route:
    until = datetime.now(UTC).replace(microsecond=0) + _TTL
    return Route(port, Endpoint(LOOPBACK, pod.port, PodUid(f"uid-{port}")), PRIVATE_NETWORKS, until)


async def _restarted(haproxy: OurHaproxy) -> float:
    await haproxy.kill()
    await haproxy.start()
    await haproxy.ready()
    return perf_counter()


async def _resynced(haproxy: OurHaproxy, routes: Sequence[Route]) -> float:
    began = await _restarted(haproxy)
    await haproxy.gateway.resync(routes)
    took = perf_counter() - began
    await _all_lead_somewhere([route.port for route in routes])
    return took


async def _back(haproxy: OurHaproxy, pod: GreetingPod, name: str) -> float:
    """Start a bot for which everything is open, restart HAProxy under it, and wait."""
    ports, database = haproxy.config.ports, haproxy.config.folder / name
    pods = [pod.as_pod(number) for number in range(len(ports))]
    await write_open_mappings(database, pods, ports, _TTL, await haproxy.gateway.epoch())
    async with bot(database, haproxy.gateway, pods):
        await _all_lead_somewhere(ports.numbers())
        await asyncio.sleep(_CALM)
        began = await _restarted(haproxy)
        await _all_lead_somewhere(ports.numbers())
        return perf_counter() - began


async def _all_lead_somewhere(ports: Sequence[int]) -> None:
    for port in sorted(ports)[:: max(1, len(ports) // _LOOKED_AT)]:
        while not await _leads_somewhere(port):  # noqa: ASYNC110 - another process brings it about
            await asyncio.sleep(_LOOK_EVERY)


async def _leads_somewhere(port: int) -> bool:
    with suppress(ConnectionError):
        (await Caller.connect(port)).hang_up()
        return True
    return False
