"""The HAProxy of a bot, found from outside as an operator would find it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def pid_of(folder: Path) -> int:
    """The HAProxy whose configuration lies below a folder.

    Raises:
        LookupError: there is none, or more than one.
    """
    found = _pids_of(folder)
    if len(found) != 1:
        raise LookupError(f"{len(found)} processes of HAProxy run from {folder}")
    return found[0]


def end_all(folder: Path) -> None:
    """Leave none behind: it outlives a bot that was killed, or that told it to go on."""
    for pid in _pids_of(folder):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@contextmanager
def hung(folder: Path) -> Iterator[None]:
    """Have HAProxy answer nothing meanwhile."""
    pid = pid_of(folder)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _pids_of(folder: Path) -> list[int]:
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _serves(entry, folder)]


def _serves(process: Path, folder: Path) -> bool:
    try:
        words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:  # it ended meanwhile
        return False
    checks_only = "-c" in words
    return "haproxy" in Path(words[0]).name and not checks_only and any(str(folder) in word for word in words)
