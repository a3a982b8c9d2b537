"""The whole bot without Slack, asked over REST v2 by callers that do nothing else."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from benchmarks.parts.served import Installation

_NAME: Final = "bench"
"""Of its token; the policy names it."""
_SECRET: Final = "a-token-of-the-benchmarks-alone"  # noqa: S105 - of nobody else
_PATIENCE: Final = 60.0
_LOOK_EVERY: Final = 0.1


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of many requests.

    Attributes:
        seconds: that all of them took together.
        each: that each of them took.
    """

    seconds: float
    each: list[float]

    @property
    def per_second(self) -> float:
        """Requests."""
        return len(self.each) / self.seconds


@asynccontextmanager
async def serving_rest(installation: Installation) -> AsyncIterator[None]:
    """Run the bot until the block ends; it has one token, which may read."""
    file = installation.folder / "tokens.yaml"
    file.write_text(f"- {{name: {_NAME}, token: {_SECRET}, scopes: [read]}}\n")
    file.chmod(0o600)
    more = ["--api-token-file", str(file), "--listen-addr", "127.0.0.1", "--stop-gateway"]
    with installation.log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "serve"),
            *installation.flags(),
            *more,
            env=_environment(),
            stdout=log,
            stderr=log,
        )
    try:
        async with asyncio.timeout(_PATIENCE):
            while not await _answers(installation.rest_port):  # noqa: ASYNC110 - another process comes up
                await asyncio.sleep(_LOOK_EVERY)
        yield
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "POD_PROXIER_"))}


async def _answers(port: int) -> bool:
    with suppress(OSError, asyncio.IncompleteReadError):
        await _ask_in_turn(port, "/ready", 1)
        return True
    return False


async def asked(port: int, path: str, times: int, callers: int) -> Asked:
    """Ask the same so many times, by callers who each keep a connection and wait for each answer."""
    began = perf_counter()
    many = await asyncio.gather(*(_ask_in_turn(port, path, times // callers) for _ in range(callers)))
    return Asked(perf_counter() - began, [one for some in many for one in some])


async def _ask_in_turn(port: int, path: str, times: int) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {_SECRET}\r\n\r\n".encode()
    took = []
    try:
        for _ in range(times):
            began = perf_counter()
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            await reader.readexactly(_length(head))
            took.append(perf_counter() - began)
            if not head.startswith("http/1.1 200"):
                raise ConnectionError(head.partition("\r\n")[0])
    finally:
        writer.close()
    return took


def _length(head: str) -> int:
    return int(head.partition("content-length:")[2].partition("\r\n")[0])
