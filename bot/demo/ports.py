"""Ports for the demo, beside those that the kernel gives out by itself."""

import random
import re
import socket
from pathlib import Path
from typing import Final

_EPHEMERAL: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_ELSEWHERE: Final = (49_152, 65_535)
"""What IANA sets aside, and most systems but Linux use."""
_LOWEST, _HIGHEST = 10_000, 65_535
_TRIES: Final = 500


def free_range(length: int) -> int:
    """Find neighbouring ports that nobody listens on, outside the range from which the kernel gives out its own.

    Returns:
        The first of them.

    Raises:
        RuntimeError: there are none.
    """
    starts = starting_points(*_ephemeral(), length)
    for first in random.sample(starts, min(len(starts), _TRIES)):
        if all(_is_free(port) for port in range(first, first + length)):
            return first
    raise RuntimeError(f"no {length} free ports in a row beside those that the kernel gives out")


def starting_points(low: int, high: int, length: int) -> range:
    """The ports at which so many neighbours can begin, on the wider side of the kernel's range."""
    below, above = range(_LOWEST, low - length + 1), range(high + 1, _HIGHEST - length + 2)
    return max(below, above, key=len)


def _ephemeral() -> tuple[int, int]:
    try:
        low, high = re.split(r"\s+", _EPHEMERAL.read_text().strip())
    except OSError:
        return _ELSEWHERE
    return int(low), int(high)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
