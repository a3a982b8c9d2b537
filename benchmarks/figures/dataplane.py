"""Through the Data Plane API.

As above, from the last approval to the first byte, but the bot reaches HAProxy by its Data Plane API: the stand-in of
the tests in a process of its own, in its two versions, and, where DATAPLANEAPI names it, the program itself. Then many
approvals at the same moment, until a caller has the first byte of each; and what the gateway takes for as many routes
without the bot. Beside them, in the same run: as many callers on the pod's own port, and the runtime socket.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Final

from benchmarks.parts.apis import Which, haproxy_behind, whichever
from benchmarks.parts.bot import Bot, bot
from benchmarks.parts.caller_process import caller_process
from benchmarks.parts.haproxy import our_haproxy
from benchmarks.parts.openings import Openings
from benchmarks.parts.pod import LOOPBACK, Caller, GreetingPod, pod_at
from benchmarks.rows import Row, Rows, Scale, median, percentile, shown
from core.domain.mapping import Mapping
from core.domain.pod import Pod
from core.domain.policy import PRIVATE_NETWORKS
from core.domain.route import PortRange, Route
from core.domain.target import Endpoint, PodUid
from core.interfaces import Gateway

_TTL: Final = timedelta(minutes=10)
_PODS: Final = 10


async def measure(scale: Scale) -> Rows:
    """Each way in turn."""
    times, many = scale.pick(200, 5), scale.pick(100, 10)
    async with our_haproxy(many) as haproxy:
        beside = await _at_once(haproxy.gateway, haproxy.config.folder, haproxy.config.ports)
    rows: list[Row] = []
    for name, which in whichever().items():
        rows += [*await _one_by_one(name, which, times), *await _many(name, which, many, beside)]
    return rows


async def _one_by_one(name: str, which: Which, times: int) -> Rows:
    async with haproxy_behind(which, 2 * _PODS) as behind, caller_process() as caller:
        openings = Openings(behind.gateway, caller)
        pods = [pod_at(caller.pod_port, number) for number in range(_PODS)]
        async with bot(behind.config.folder / "bench.db", openings.gateway, pods) as running:
            samples = await openings.taken(running, pods, times)
    bare = f"bare socket: {shown(median(samples.straight))}"
    return [
        Row(f"{name}: approval to first byte, p50", shown(median(samples.first_byte)), bare),
        Row(f"{name}: approval to first byte, p99", shown(percentile(samples.first_byte, 0.99))),
    ]


async def _many(name: str, which: Which, many: int, beside: "AtOnce") -> Rows:
    async with haproxy_behind(which, many) as behind:
        found = await _at_once(behind.gateway, behind.config.folder, behind.config.ports)
    return [
        Row(
            f"{name}: {many} mappings approved at once, to the last first byte",
            shown(found.mappings),
            f"runtime socket: {shown(beside.mappings)}; bare sockets: {shown(found.straight)}",
        ),
        Row(
            f"{name}: {many} routes at once, without the bot",
            shown(found.routes),
            f"runtime socket: {shown(beside.routes)}",
        ),
    ]


class AtOnce:
    """Seconds for many at the same moment.

    Attributes:
        routes: that the gateway is given.
        mappings: that are approved.
        straight: callers on the pod's own port.
    """

    routes = mappings = straight = 0.0


async def _at_once(gateway: Gateway, folder: Path, ports: PortRange) -> AtOnce:
    found = AtOnce()
    async with GreetingPod() as pod:
        until = datetime.now(UTC).replace(microsecond=0) + _TTL
        endpoint = Endpoint(LOOPBACK, pod.port, PodUid("uid"))
        routes = [Route(port, endpoint, PRIVATE_NETWORKS, until) for port in ports.numbers()]
        began = perf_counter()
        await asyncio.gather(*(gateway.apply(route) for route in routes))
        found.routes = perf_counter() - began
        await asyncio.gather(*(gateway.close(route.port) for route in routes))
        pods = [pod.as_pod(number) for number in range(len(ports))]
        async with bot(folder / "many.db", gateway, pods) as running:
            found.mappings = await _opened(running, pods)
        found.straight = await _called([pod.port] * len(ports), perf_counter())
    return found


async def _opened(running: Bot, pods: Sequence[Pod]) -> float:
    """Approve all at the same moment, and call each as it opens; returns when the last one has its first byte."""
    asked = [await running.request(pod, _TTL) for pod in pods]
    began = perf_counter()
    await asyncio.gather(*(_opened_and_called(running, mapping) for mapping in asked))
    return perf_counter() - began


async def _opened_and_called(running: Bot, mapping: Mapping) -> None:
    port = (await running.approve(mapping)).port
    if port is None:
        raise RuntimeError(f"{mapping.id} is open without a port")
    (await Caller.connect(port)).hang_up()


async def _called(ports: Sequence[int], began: float) -> float:
    for caller in await asyncio.gather(*map(Caller.connect, ports)):
        caller.hang_up()
    return perf_counter() - began
