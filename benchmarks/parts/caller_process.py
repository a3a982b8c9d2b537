"""A pod and a caller in a process of their own, undisturbed by what the engine is busy with.

The pod sends one byte to whoever connects. The caller connects to a port when it is told to, and says when the first
byte came.
"""

import asyncio
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

_PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class CallerProcess:
    """The other side of that process.

    Attributes:
        pod_port: where its pod listens.
    """

    process: asyncio.subprocess.Process
    pod_port: int

    def connect(self, port: int) -> None:
        """Have it connect now; returns at once."""
        if self.process.stdin is None:
            raise RuntimeError("the caller has no ears")
        self.process.stdin.write(f"{port}\n".encode())

    async def first_byte(self) -> float:
        """Wait for what came of it.

        Returns:
            When the byte came: seconds on the clock of ``time.perf_counter``, which all processes of a machine share.

        Raises:
            RuntimeError: the port led nowhere.
        """
        said = await _heard(self.process)
        if not said.isdecimal():
            raise RuntimeError("the port led nowhere")
        return int(said) / 1e9


@asynccontextmanager
async def caller_process() -> AsyncIterator[CallerProcess]:
    """Start one."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, stdin=pipe, stdout=pipe)
    try:
        yield CallerProcess(process, int(await _heard(process)))
    finally:
        process.kill()
        await process.wait()


async def _heard(process: asyncio.subprocess.Process) -> str:
    if process.stdout is None:
        raise RuntimeError("the caller has no voice")
    async with asyncio.timeout(_PATIENCE):
        return (await process.stdout.readline()).decode().strip()


def _greet_everybody(server: socket.socket) -> None:
    while True:
        connection, _ = server.accept()
        with connection, suppress(ConnectionError):  # a probe hangs up at once
            connection.sendall(b"!")


def _connect(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        first = connection.recv(1)
        came = time.perf_counter_ns()
    return str(came) if first else "nothing came"


if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_greet_everybody, args=(listening,), daemon=True).start()
    print(listening.getsockname()[1], flush=True)
    for line in sys.stdin:
        print(_connect(int(line)), flush=True)
