"""From the end of a mapping to the cut of its live connection.

Connections through many ports, each with an end of its own; the time from that second to the moment in which the
caller sees the end. With the bot alive, its timers and HAProxy's own deadline race; with the bot dead, nobody but
HAProxy acts.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from benchmarks.parts.bot import Bot, bot
from benchmarks.parts.haproxy import OurHaproxy, our_haproxy
from benchmarks.parts.pod import LOOPBACK, Caller, GreetingPod
from benchmarks.rows import Row, Rows, Scale, below, median, percentile, shown
from core.domain.pod import Pod
from core.domain.policy import PRIVATE_NETWORKS
from core.domain.route import Route
from core.domain.target import Endpoint, PodUid

GOAL: Final = 0.3
_TTL: Final = timedelta(seconds=3)
_EVERY: Final = 0.05
"""Seconds between two openings: twenty ends in each second."""
_SLOTS: Final = 200
"""More than are open at a time."""


async def measure(scale: Scale) -> Rows:
    """Measure with the bot alive, then with HAProxy alone."""
    samples = scale.pick(600, 8)
    async with GreetingPod() as pod, our_haproxy(_SLOTS) as haproxy:
        alone = await _paced(samples, lambda number: _cut_by_haproxy(haproxy, pod, number))
        pods = [pod.as_pod(number) for number in range(_SLOTS)]
        async with bot(haproxy.config.folder / "bench.db", haproxy.gateway, pods) as running:
            alive = await _paced(samples, lambda number: _cut_with_bot(running, pods[number % _SLOTS]))
    return [*_rows("with the bot alive", alive), *_rows("with the bot dead", alone)]


def _rows(what: str, late: list[float]) -> Rows:
    return [
        below(f"{what}, p99", percentile(late, 0.99), GOAL, f"{len(late)} connections"),
        Row(f"{what}, p50", shown(median(late)), f"earliest {shown(min(late))}, latest {shown(max(late))}"),
    ]


async def _paced(samples: int, sample: Callable[[int], Awaitable[float]]) -> list[float]:
    async with asyncio.TaskGroup() as tasks:
        taking = []
        for number in range(samples):
            taking.append(tasks.create_task(_awaited(sample(number))))
            await asyncio.sleep(_EVERY)
    return [task.result() for task in taking]


async def _awaited(sample: Awaitable[float]) -> float:
    return await sample


async def _cut_with_bot(running: Bot, pod: Pod) -> float:
    mapping = await running.open(pod, _TTL)
    if mapping.port is None or mapping.expires_at is None:
        raise RuntimeError(f"{mapping} is not open")
    caller = await Caller.connect(mapping.port)
    late = await caller.cut_at() - mapping.expires_at.timestamp()
    caller.hang_up()
    await running.over(mapping)
    return late


async def _cut_by_haproxy(haproxy: OurHaproxy, pod: GreetingPod, number: int) -> float:
    port = haproxy.config.ports.first + number % _SLOTS
    end = math.ceil(time.time() + _TTL.total_seconds())
    endpoint = Endpoint(LOOPBACK, pod.port, PodUid(f"uid-{number}"))
    await haproxy.gateway.apply(Route(port, endpoint, PRIVATE_NETWORKS, datetime.fromtimestamp(end, UTC)))
    caller = await Caller.connect(port)
    late = await caller.cut_at() - end
    caller.hang_up()
    return late
