"""An HAProxy process that outlives us, and need not be our child: started, found by its socket, ended."""

import asyncio
import errno
import os
import signal
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.files import PRIVATE_FILE
from core.domain.errors import GatewayCannotStart, GatewayUnreachable

LOG: Final = "haproxy.log"
LONGEST_LOG: Final = 5_000_000  # bytes
_LINES_SHOWN: Final = 5
_PAUSE: Final = 0.01
_UNTIL_KILLED: Final = 5.0
"""Seconds that it may take to end when it is asked to, and again when it is made to."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who listens on a socket.

    Attributes:
        pid: ``None`` where the kernel does not tell; 0 for a process that we cannot see (another container's).
    """

    pid: int | None


def listener(path: Path) -> Listener | None:
    """Look who listens on a socket, without asking them anything; ``None`` where nobody does."""
    with socket.socket(socket.AF_UNIX) as client:
        client.setblocking(False)
        problem = client.connect_ex(str(path))
        if problem in {errno.ENOENT, errno.ECONNREFUSED}:
            return None
        if problem or sys.platform != "linux":
            return Listener(None)
        credentials = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return Listener(struct.unpack("3i", credentials)[0])


def spawn(program: Path, config: GatewayConfig) -> int:
    """Start it: in a session of its own, without our environment and its secrets, its words in a file.

    Nobody reads a pipe for it: one that is full stops HAProxy. And no ``Popen``, which expects to see its child end.

    Raises:
        GatewayCannotStart: it cannot be executed.
    """
    log = config.folder / LOG
    if log.exists():
        log.replace(log.with_suffix(".log.old"))
    files: list[tuple[int, int, str, int, int] | tuple[int, int, int]] = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    command = [str(program), "-C", "/", "-db", "-f", str(config.haproxy_cfg)]
    try:
        return os.posix_spawn(
            program, command, {}, file_actions=files, setsid=True, setsigmask=(), setsigdef=(signal.SIGPIPE,)
        )
    except OSError as exc:
        raise GatewayCannotStart(f"{program}: {exc.strerror}") from exc


def has_ended(pid: int) -> bool:
    """Whether a child has ended, which also lets the kernel forget it; a process that is not our child always has."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def kill(pid: int) -> None:
    """Make an end of a child that has only begun, and wait for that."""
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def last_words(config: GatewayConfig) -> str:
    """Read the end of what it wrote, as one line."""
    with suppress(OSError):
        return one_line((config.folder / LOG).read_text(errors="replace"))
    return ""


def keep_log_short(config: GatewayConfig) -> None:
    """Empty the file of its words when it has grown long: some lines for each mapping, for as long as it runs."""
    log = config.folder / LOG
    with suppress(OSError):
        if log.stat().st_size > LONGEST_LOG:
            os.truncate(log, 0)  # it appends, so that it goes on at the beginning


def one_line(said: str) -> str:
    """Join the last lines of what a program said."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return " | ".join(lines[-_LINES_SHOWN:])


async def end(path: Path, pid: int) -> None:
    """End the process that listens on a socket, and wait until it is gone.

    Args:
        path: of the socket.
        pid: which process it is meant to be; no other one is ended.

    Raises:
        GatewayUnreachable: it cannot be ended from here, or does not end.
    """
    for how in (signal.SIGTERM, signal.SIGKILL):
        found = listener(path)
        if found is None:
            return
        if found.pid not in {None, pid}:
            raise GatewayUnreachable(str(path), f"process {pid} does not run here, or does not listen there any more")
        _send(path, pid, how)
        if await _comes_true(partial(_is_gone, path, pid)):
            return
    raise GatewayUnreachable(str(path), "it does not end")


def _is_gone(path: Path, pid: int) -> bool:
    return listener(path) is None and has_ended(pid)


def _send(path: Path, pid: int, how: signal.Signals) -> None:
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        pass  # it was quicker
    except PermissionError as exc:
        raise GatewayUnreachable(str(path), f"process {pid} is not ours to end") from exc


async def _comes_true(fact: Callable[[], bool]) -> bool:
    loop = asyncio.get_running_loop()
    until = loop.time() + _UNTIL_KILLED
    while not fact():
        if loop.time() > until:
            return False
        await asyncio.sleep(_PAUSE)
    return True
