"""The list of REST v2, with a long history.

The whole bot in a process of its own; several callers at a time, each with a connection of its own, read the newest 50
mappings, over and over. Beside it, in the same run and from the same process: the same list with a short history, the
last page of the long one, and the least that the server answers at all.
"""

from typing import Final

from benchmarks.parts.haproxy import folder
from benchmarks.parts.history import write_history
from benchmarks.parts.pod import GreetingPod
from benchmarks.parts.rest import Asked, asked, serving_rest
from benchmarks.parts.served import install
from benchmarks.rows import Row, Rows, Scale, percentile, shown

_CALLERS: Final = 8
_SHORT: Final = 100
_LIST: Final = "/api/v2/mappings?limit=50"


async def measure(scale: Scale) -> Rows:
    """A short history first, and a long one."""
    long, times = scale.pick(10_000, 200), scale.pick(2000, 80)
    short, _, _ = await _measured(_SHORT, times)
    first, last, least = await _measured(long, times)
    callers = f"{_CALLERS} callers, 50 rows each time"
    return [
        Row(
            f"list at {long} mappings, requests per second",
            _rate(first),
            f"{callers}; {_SHORT} mappings: {_rate(short)}",
        ),
        Row(f"list at {long} mappings, p99", _slowest(first), f"{_SHORT} mappings: {_slowest(short)}"),
        Row("its last page, requests per second", _rate(last), f"p99: {_slowest(last)}"),
        Row("`/health`, requests per second", _rate(least), f"the least there is; p99: {_slowest(least)}"),
    ]


async def _measured(history: int, times: int) -> tuple[Asked, Asked, Asked]:
    """Ask for the first page, the last one, and nothing much."""
    with folder() as path:
        async with GreetingPod() as pod:
            installation = install(path, 10, pod.port)
            await write_history(installation.database, pod.as_pod(0), history)
            async with serving_rest(installation):
                port = installation.rest_port
                await asked(port, _LIST, _CALLERS, _CALLERS)
                first = await asked(port, _LIST, times, _CALLERS)
                last = await asked(port, f"{_LIST}&after=m51", times, _CALLERS)
                return first, last, await asked(port, "/health", times, _CALLERS)


def _rate(found: Asked) -> str:
    return f"{found.per_second:.0f}"


def _slowest(found: Asked) -> str:
    return shown(percentile(found.each, 0.99))
