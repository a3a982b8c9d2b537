"""What a process takes of the machine, as Linux counts it (proc(5))."""

import os
from pathlib import Path

_UTIME, _STIME = 11, 12  # after the name, which stands in parentheses and may hold blanks


def resident_bytes(pid: int) -> int:
    """Memory that it has in use."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kibibytes = next(line.split()[1] for line in lines if line.startswith("VmRSS:"))
    return int(kibibytes) * 1024


def processor_seconds(pid: int) -> float:
    """Time that it has spent on a processor so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[_UTIME]) + int(fields[_STIME])
    return ticks / os.sysconf("SC_CLK_TCK")
