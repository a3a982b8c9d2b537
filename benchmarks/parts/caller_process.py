"""A caller in a process of its own: connects to a port when it is told to, and says when the first byte came."""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

_PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class FirstByte:
    """What the caller saw: seconds on the clock of ``time.perf_counter``, which all processes of a machine share."""

    began: float
    came: float

    @property
    def took(self) -> float:
        """From the first step of connecting."""
        return self.came - self.began


@dataclass(frozen=True, slots=True)
class CallerProcess:
    """The other side of that process."""

    process: asyncio.subprocess.Process

    def connect(self, port: int) -> None:
        """Have it connect now; returns at once."""
        if self.process.stdin is None:
            raise RuntimeError("the caller has no ears")
        self.process.stdin.write(f"{port}\n".encode())

    async def first_byte(self) -> FirstByte:
        """Wait for what came of it.

        Raises:
            RuntimeError: the port led nowhere.
        """
        if self.process.stdout is None:
            raise RuntimeError("the caller has no voice")
        async with asyncio.timeout(_PATIENCE):
            said = (await self.process.stdout.readline()).decode().split()
        if len(said) != 2:
            raise RuntimeError(f"the port led nowhere: {' '.join(said)}")
        return FirstByte(*(int(word) / 1e9 for word in said))


@asynccontextmanager
async def caller_process() -> AsyncIterator[CallerProcess]:
    """Start one."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, stdin=pipe, stdout=pipe)
    try:
        yield CallerProcess(process)
    finally:
        process.kill()
        await process.wait()


def _connect(port: int) -> str:
    began = time.perf_counter_ns()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        first = connection.recv(1)
        came = time.perf_counter_ns()
    return f"{began} {came}" if first else "nothing"


if __name__ == "__main__":
    for line in sys.stdin:
        print(_connect(int(line)), flush=True)
