"""From a command to its acknowledgement.

A hundred commands are in flight at a time, over Socket Mode to the whole bot in a process of its own; each asks for a
mapping, and the next hundred follow when all of these are acknowledged. The workspace is the local one.
"""

import asyncio
from typing import Final

from benchmarks.parts.haproxy import folder
from benchmarks.parts.served import install, serving
from benchmarks.rows import Row, Rows, Scale, below, median, percentile, shown
from bot.workspace import Channel, Workspace
from bot.workspace.hands.person import Person

GOAL: Final = 1.0
_SLACKS_OWN: Final = 3.0
_IN_FLIGHT: Final = 100
_PORTS: Final = 100


async def measure(scale: Scale) -> Rows:
    """Type, and wait."""
    rounds, at_once = scale.pick(10, 1), scale.pick(_IN_FLIGHT, 10)
    with folder() as path:
        installation = install(path, _PORTS, 1)
        async with Workspace() as workspace:
            alice = workspace.add_user("alice")
            channel = workspace.add_channel("bench", members=[alice])
            async with serving(installation, workspace, "--stop-gateway"):
                latencies = [late for _ in range(rounds) for late in await _round(alice, channel, at_once)]
    return [
        below(
            f"{at_once} in flight, p99", percentile(latencies, 0.99), GOAL, f"Slack gives up after {_SLACKS_OWN:g} s"
        ),
        Row(f"{at_once} in flight, p50", shown(median(latencies)), f"{len(latencies)} commands"),
    ]


async def _round(alice: Person, channel: Channel, at_once: int) -> list[float]:
    commands = (alice.command("/proxy", f"pod bench/pod-{number} 1h", channel=channel) for number in range(at_once))
    answers = await asyncio.gather(*commands)
    lost = [answer for answer in answers if not answer.acked]
    if lost:
        raise RuntimeError(f"{len(lost)} of {at_once} commands were not acknowledged: {lost[0].shown}")
    return [answer.latency for answer in answers]
