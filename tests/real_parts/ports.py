import os
import random
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

LINUX_EPHEMERAL: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST: Final = 10_000
HIGHEST: Final = 65_535
ENOUGH: Final = 2_000
TRIES: Final = 500

_given: dict[int, None] = {}  # a set that keeps its order


def free_port() -> int:
    """A TCP port that nobody listens on, and that was not given to another caller lately."""
    return free_ports(1)[0]


def free_ports(count: int, *, contiguous: bool = True) -> tuple[int, ...]:
    """That many free TCP ports, in rising order; by default without a gap, as a pool of ports has them.

    They lie outside the range from which the kernel takes the near ends of outgoing connections, where it leaves room.
    A long run needs more than there are: then those are given again that were given first, whose tests are over.
    """
    blocks = (_free_block(count if contiguous else 1) for _ in range(1 if contiguous else count))
    return tuple(sorted(port for block in blocks for port in block))


def outside(low: int, high: int) -> range:
    """The longer stretch of ports beside the ephemeral range low..high; all of them when hardly any are beside it."""
    longest = max(range(LOWEST, low), range(max(high + 1, LOWEST), HIGHEST + 1), key=len)
    return longest if len(longest) >= ENOUGH else range(LOWEST, HIGHEST + 1)


def own_share(ports: range, environ: Mapping[str, str]) -> range:
    """The stretch of this worker, where several of pytest-xdist test at the same time."""
    number = int(environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    length = len(ports) // int(environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return ports[number * length : (number + 1) * length]


def ephemeral_range() -> tuple[int, int]:
    if not LINUX_EPHEMERAL.exists():
        return 49_152, HIGHEST  # what IANA sets aside, and most systems but Linux use
    low, high = LINUX_EPHEMERAL.read_text().split()
    return int(low), int(high)


def _free_block(length: int) -> range:
    candidates = own_share(outside(*ephemeral_range()), os.environ)
    block = _drawn_block(candidates, length)
    while block is None and _given:
        for port in list(_given)[: len(_given) // 2 + 1]:
            del _given[port]
        block = _drawn_block(candidates, length)
    if block is None:
        raise RuntimeError(f"no {length} free ports in a row among {candidates}")
    _given.update(dict.fromkeys(block))
    return block


def _drawn_block(candidates: range, length: int) -> range | None:
    for _ in range(TRIES):
        first = random.choice(candidates[: -length or None])  # noqa: S311 - spreads parallel runs, guards nothing
        block = range(first, first + length)
        if _given.keys().isdisjoint(block) and all(_can_bind(port) for port in block):
            return block
    return None


def _can_bind(port: int) -> bool:
    """Whether a listener could start on any of this machine's addresses; the probe itself never listens."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True
