"""From the last approval to the first byte.

Bob approves; the engine decides, commits to an SQLite file, opens the port on HAProxy and commits that; a caller
connects to the port and reads the pod's first byte. Slack and the cluster are left out. Beside it, in turns: the same
caller on the pod's own port.
"""

from datetime import timedelta
from time import perf_counter
from typing import Final

from benchmarks.parts.bot import Bot, bot
from benchmarks.parts.haproxy import our_haproxy
from benchmarks.parts.pod import Caller, GreetingPod
from benchmarks.rows import Row, Rows, Scale, below, median, percentile, shown
from core.domain.pod import Pod

GOAL: Final = 0.005
_TTL: Final = timedelta(minutes=10)


async def measure(scale: Scale) -> Rows:
    """Take samples in turns: through an approval, and straight."""
    samples = scale.pick(500, 10)
    async with GreetingPod() as pod, our_haproxy(20) as haproxy:
        pods = [pod.as_pod(number, "debug") for number in range(10)]
        tried = pod.as_pod(10, "http")
        async with bot(haproxy.config.folder / "bench.db", haproxy.gateway, [*pods, tried]) as running:
            approved, straight, with_probe = [], [], []
            for number in range(samples):
                approved.append(await _approved(running, pods[number % len(pods)]))
                straight.append(await _straight(pod.port))
                with_probe.append(await _approved(running, tried))
    return _rows(approved, straight, with_probe)


def _rows(approved: list[float], straight: list[float], with_probe: list[float]) -> Rows:
    bare = median(straight)
    return [
        below("over the bare socket, p50", median(approved) - bare, GOAL),
        Row("approval to first byte, p50", shown(median(approved)), f"bare socket: {shown(bare)}"),
        Row("approval to first byte, p99", shown(percentile(approved, 0.99)), f"{len(approved)} samples"),
        Row("the same where the pod is tried first, p50", shown(median(with_probe)), "`probe: connect`"),
    ]


async def _approved(running: Bot, pod: Pod) -> float:
    mapping = await running.request(pod, _TTL)
    began = perf_counter()
    mapping = await running.approve(mapping)
    took = await _first_byte(mapping.port or 0, began)
    await running.close(mapping)
    return took


async def _straight(port: int) -> float:
    return await _first_byte(port, perf_counter())


async def _first_byte(port: int, began: float) -> float:
    caller = await Caller.connect(port)
    took = perf_counter() - began
    caller.hang_up()
    return took
