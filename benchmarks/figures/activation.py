"""From the last approval to the first byte.

Bob approves; the engine decides, commits to an SQLite file, and opens the port on HAProxy. Meanwhile a caller in
another process knocks on that port until the pod's first byte comes. Slack and the cluster are left out. Beside it, in
turns: the same caller on the pod's own port.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter
from typing import Final

from benchmarks.parts.bot import Bot, bot
from benchmarks.parts.haproxy import our_haproxy
from benchmarks.parts.knocker import Knocker, knocker
from benchmarks.parts.pod import GreetingPod
from benchmarks.rows import Row, Rows, Scale, below, median, percentile, shown
from core.domain.pod import Pod

GOAL: Final = 0.005
_TTL: Final = timedelta(minutes=10)
_WARM_UP: Final = 10
_PODS: Final = 10


@dataclass(slots=True)
class Samples:
    """Seconds, taken in turns.

    Attributes:
        first_byte: from the approval to the first byte.
        recorded: from the approval until it was committed that the port is open, which is when people are told.
        straight: of the bare socket.
    """

    first_byte: list[float] = field(default_factory=list)
    recorded: list[float] = field(default_factory=list)
    straight: list[float] = field(default_factory=list)


async def measure(scale: Scale) -> Rows:
    """Take samples: of a pod that is not tried first, as debug agents are not, and of one that is."""
    times = scale.pick(500, 10)
    async with GreetingPod() as pod, our_haproxy(2 * _PODS) as haproxy, knocker() as caller:
        pods = [pod.as_pod(number) for number in range(_PODS)]
        tried = [pod.as_pod(_PODS + number, "http") for number in range(_PODS)]
        async with bot(haproxy.config.folder / "bench.db", haproxy.gateway, [*pods, *tried]) as running:
            samples = await _taken(running, caller, pods, times)
            with_probe = await _taken(running, caller, tried, times)
    return _rows(samples, with_probe)


async def _taken(running: Bot, caller: Knocker, pods: list[Pod], times: int) -> Samples:
    """Each pod's port is known from its first turn: one gets back the port that one had."""
    ports = {pod.ref: await _first_turn(running, pod) for pod in pods}
    samples = Samples()
    for number in range(_WARM_UP + times):
        pod = pods[number % len(pods)]
        if number == _WARM_UP:
            samples = Samples()
        await _sample(running, caller, pod, ports[pod.ref], samples)
    return samples


async def _first_turn(running: Bot, pod: Pod) -> int:
    mapping = await running.open(pod, _TTL)
    await running.close(mapping)
    return mapping.port or 0


async def _sample(running: Bot, caller: Knocker, pod: Pod, port: int, samples: Samples) -> None:
    mapping = await running.request(pod, _TTL)
    await caller.knock(port)
    began = perf_counter()
    mapping = await running.approve(mapping)
    samples.recorded.append(perf_counter() - began)
    samples.first_byte.append(await caller.let_in() - began)
    if mapping.port != port:
        raise RuntimeError(f"{pod.ref} got port {mapping.port} this time, not {port}")
    await running.close(mapping)
    samples.straight.append(await caller.straight(pod.ports[0].number))


def _rows(samples: Samples, with_probe: Samples) -> Rows:
    typical, bare = median(samples.first_byte), median(samples.straight)
    probed = median(with_probe.first_byte) - median(with_probe.straight)
    return [
        below("over the bare socket, p50", typical - bare, GOAL),
        Row("approval to first byte, p50", shown(typical), f"bare socket: {shown(bare)}"),
        Row("approval to first byte, p99", shown(percentile(samples.first_byte, 0.99))),
        Row("approval to what people are told by, p50", shown(median(samples.recorded)), "the commit that it is open"),
        Row("over the bare socket where the pod is tried first, p50", shown(probed), "`probe: connect`"),
    ]
