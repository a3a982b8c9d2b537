"""Bytes through a port.

Several connections at once, from a source to a drain that copy nothing themselves, through a mapping's port. Beside
it, in turns: the same HAProxy with a plain configuration of one frontend and one backend, with the kernel's splicing,
which Pod-Proxier's configuration turns on, and without; and no HAProxy at all.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.parts.haproxy import Haproxy, OurHaproxy, folder, free_range, our_haproxy
from benchmarks.parts.pod import LOOPBACK
from benchmarks.rows import Row, Rows, Scale, median
from core.domain.policy import PRIVATE_NETWORKS
from core.domain.route import Route
from core.domain.target import Endpoint, PodUid

_CONNECTIONS: Final = 8
_PROGRAM: Final = (sys.executable, "-m", "benchmarks.parts.stream")
_PLAIN: Final = """\
defaults
  mode tcp
  timeout connect 3s
  timeout client 1h
  timeout server 1h
{options}
frontend plain
  bind 127.0.0.1:{port}
  default_backend pod
backend pod
  server pod 127.0.0.1:{target}
"""


async def measure(scale: Scale) -> Rows:
    """Drink from all three in turns."""
    rounds, seconds = scale.pick(9, 1), scale.pick(30, 3) / 10
    async with (
        _source() as target,
        our_haproxy(1) as haproxy,
        _plain_haproxy(target) as copying,
        _plain_haproxy(target, "option splice-request", "option splice-response") as plain,
    ):
        ways = {"port": await _mapped(haproxy, target), "plain": plain, "copying": copying, "direct": target}
        rates: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way, at in ways.items():
                rates[way].append(await _drained(at, seconds))
    return _rows(rates)


def _rows(rates: dict[str, list[float]]) -> Rows:
    ratios = [port / plain for port, plain in zip(rates["port"], rates["plain"], strict=True)]
    typical = {way: median(taken) for way, taken in rates.items()}
    return [
        Row(
            f"through a port, {_CONNECTIONS} connections, median of {len(ratios)}",
            _gigabits(typical["port"]),
            f"plain configuration: {_gigabits(typical['plain'])}; no HAProxy: {_gigabits(typical['direct'])}",
        ),
        Row(
            "plain configuration without splicing",
            _gigabits(typical["copying"]),
            "HAProxy copies each byte through its own memory",
        ),
        Row("port to plain configuration, median ratio", f"{median(ratios):.2f}", "1.00 would be no difference"),
    ]


def _gigabits(rate: float) -> str:
    return f"{rate * 8 / 1e9:.1f} Gbit/s"


@asynccontextmanager
async def _source() -> AsyncIterator[int]:
    process = await asyncio.create_subprocess_exec(*_PROGRAM, "source", stdout=asyncio.subprocess.PIPE)
    try:
        if process.stdout is None:
            raise RuntimeError("the source has no voice")
        yield int(await process.stdout.readline())
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def _plain_haproxy(target: int, *options: str) -> AsyncIterator[int]:
    port = free_range(1).first
    with folder() as path:
        plain = Haproxy(_write(path / "plain.cfg", _PLAIN.format(port=port, target=target, options="\n".join(options))))
        await plain.start()
        try:
            await _listening(port)
            yield port
        finally:
            await plain.kill()


def _write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


async def _listening(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection(str(LOOPBACK), port)
            except ConnectionError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                return


async def _mapped(haproxy: OurHaproxy, target: int) -> int:
    port = haproxy.config.ports.first
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    await haproxy.gateway.apply(Route(port, Endpoint(LOOPBACK, target, PodUid("u")), PRIVATE_NETWORKS, until))
    return port


async def _drained(port: int, seconds: float) -> float:
    words = (*_PROGRAM, "drain", str(port), str(_CONNECTIONS), str(seconds))
    process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    return float(said)
