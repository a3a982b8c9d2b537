"""From the last approval to the first byte.

Bob approves; the engine decides, commits to an SQLite file, and opens the port on HAProxy. In that moment a caller in
another process is told to connect to the port, and reads the pod's first byte. Slack and the cluster are left out.
Beside it, in turns: the same caller, told in the same way, on the pod's own port.
"""

from typing import Final

from benchmarks.parts.bot import bot
from benchmarks.parts.caller_process import caller_process
from benchmarks.parts.haproxy import our_haproxy
from benchmarks.parts.openings import Openings, Samples
from benchmarks.parts.pod import pod_at
from benchmarks.rows import Row, Rows, Scale, below, median, percentile, shown

GOAL: Final = 0.005
_PODS: Final = 10


async def measure(scale: Scale) -> Rows:
    """Take samples: of a pod that is not tried first, as debug agents are not, and of one that is."""
    times = scale.pick(500, 10)
    async with our_haproxy(2 * _PODS) as haproxy, caller_process() as caller:
        openings = Openings(haproxy.gateway, caller)
        pods = [pod_at(caller.pod_port, number) for number in range(_PODS)]
        tried = [pod_at(caller.pod_port, _PODS + number, "http") for number in range(_PODS)]
        async with bot(haproxy.config.folder / "bench.db", openings.gateway, [*pods, *tried]) as running:
            samples = await openings.taken(running, pods, times)
            with_probe = await openings.taken(running, tried, times)
    return _rows(samples, with_probe)


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
