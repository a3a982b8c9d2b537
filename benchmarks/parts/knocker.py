"""A caller in a process of its own, who knocks on a port until the first byte comes.

For each line with a port on stdin it knocks at once, says ``knocking`` after the first knock that failed, if one did,
and then when it began to knock and when the byte came: nanoseconds of the clock that all processes of a machine share.
"""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

_KNOCKING: Final = "knocking"
_PAUSE: Final = 0.0003
_PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Knocker:
    """The other side of that process."""

    process: asyncio.subprocess.Process

    async def knock(self, port: int) -> None:
        """Begin to knock on a port that is shut; returns once it has been found so."""
        await self._say(port)
        if await self._hear() != _KNOCKING:
            raise RuntimeError(f"port {port} is open already")

    async def let_in(self) -> float:
        """Wait for the first byte; returns when it came, on the clock of ``time.perf_counter``, in seconds."""
        return float((await self._hear()).split()[1]) / 1e9

    async def straight(self, port: int) -> float:
        """Connect to a port that is open, and return how long the first byte took."""
        await self._say(port)
        began, came = (float(word) / 1e9 for word in (await self._hear()).split())
        return came - began

    async def _say(self, port: int) -> None:
        if self.process.stdin is None:
            raise RuntimeError("the knocker has no ears")
        self.process.stdin.write(f"{port}\n".encode())
        await self.process.stdin.drain()

    async def _hear(self) -> str:
        if self.process.stdout is None:
            raise RuntimeError("the knocker has no voice")
        async with asyncio.timeout(_PATIENCE):
            return (await self.process.stdout.readline()).decode().strip()


@asynccontextmanager
async def knocker() -> AsyncIterator[Knocker]:
    """Start one."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, stdin=pipe, stdout=pipe)
    try:
        yield Knocker(process)
    finally:
        process.kill()
        await process.wait()


def _is_let_in(port: int) -> bool:
    with socket.socket() as connection:
        try:
            connection.connect(("127.0.0.1", port))
            return connection.recv(1) != b""
        except ConnectionError:
            return False


def _knock(port: int) -> None:
    began = time.perf_counter_ns()
    if not _is_let_in(port):
        print(_KNOCKING, flush=True)
        while not _is_let_in(port):
            time.sleep(_PAUSE)
    print(began, time.perf_counter_ns(), flush=True)


if __name__ == "__main__":
    for line in sys.stdin:
        _knock(int(line))
