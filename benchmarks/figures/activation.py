"""From the last approval to the first byte.

Bob approves; the engine decides, commits to an SQLite file, and opens the port on HAProxy. In that moment a caller in
another process is told to connect to the port, and reads the pod's first byte. Slack and the cluster are left out.
Beside it, in turns: the same caller, told in the same way, on the pod's own port.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter
from typing import Final

from benchmarks.parts.bot import Bot, bot
from benchmarks.parts.caller_process import CallerProcess, caller_process
from benchmarks.parts.haproxy import our_haproxy
from benchmarks.parts.pod import pod_at
from benchmarks.rows import Row, Rows, Scale, below, median, percentile, shown
from core.adapters.clock import SystemClock
from core.adapters.haproxy.socket_gateway import SocketGateway
from core.domain.pod import Pod
from core.domain.route import Applied, Route

GOAL: Final = 0.005
_TTL: Final = timedelta(minutes=10)
_WARM_UP: Final = 10
_PODS: Final = 10


class TellingGateway(SocketGateway):
    """Has a caller connect in the moment in which a port begins to lead somewhere; not when it is only confirmed."""

    caller: CallerProcess
    told: int | None = None

    async def apply(self, route: Route) -> Applied:
        """Make one port serve exactly this route."""
        applied = await super().apply(route)
        if self.told != route.port:
            self.told = route.port
            self.caller.connect(route.port)
        return applied


@dataclass(slots=True)
class Samples:
    """Seconds, taken in turns.

    Attributes:
        first_byte: from the approval to the first byte.
        recorded: from the approval until it was committed that the port is open, which is when people are told.
        straight: of the bare socket, from the word to the caller.
    """

    first_byte: list[float] = field(default_factory=list)
    recorded: list[float] = field(default_factory=list)
    straight: list[float] = field(default_factory=list)


async def measure(scale: Scale) -> Rows:
    """Take samples: of a pod that is not tried first, as debug agents are not, and of one that is."""
    times = scale.pick(500, 10)
    async with our_haproxy(2 * _PODS) as haproxy, caller_process() as caller:
        gateway = TellingGateway(haproxy.config.runtime_address, haproxy.config.all_ports, SystemClock())
        gateway.caller = caller
        pods = [pod_at(caller.pod_port, number) for number in range(_PODS)]
        tried = [pod_at(caller.pod_port, _PODS + number, "http") for number in range(_PODS)]
        async with bot(haproxy.config.folder / "bench.db", gateway, [*pods, *tried]) as running:
            samples = await _taken(running, gateway, pods, times)
            with_probe = await _taken(running, gateway, tried, times)
    return _rows(samples, with_probe)


async def _taken(running: Bot, gateway: TellingGateway, pods: list[Pod], times: int) -> Samples:
    for number in range(_WARM_UP):
        await _sample(running, gateway, pods[number % len(pods)], Samples())
    samples = Samples()
    for number in range(times):
        await _sample(running, gateway, pods[number % len(pods)], samples)
    return samples


async def _sample(running: Bot, gateway: TellingGateway, pod: Pod, samples: Samples) -> None:
    gateway.told = None
    mapping = await running.request(pod, _TTL)
    began = perf_counter()
    mapping = await running.approve(mapping)
    samples.recorded.append(perf_counter() - began)
    samples.first_byte.append(await gateway.caller.first_byte() - began)
    await running.close(mapping)
    began = perf_counter()
    gateway.caller.connect(pod.ports[0].number)
    samples.straight.append(await gateway.caller.first_byte() - began)


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
