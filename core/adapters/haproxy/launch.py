"""Starting an HAProxy of our own, up to its first answer."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from core.adapters.haproxy import process, room
from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.files import write_files
from core.adapters.haproxy.program import Program, find_program, run_program
from core.adapters.haproxy.rendering import Rendered, render
from core.adapters.haproxy.snapshot import Identity
from core.domain.errors import GatewayCannotStart, GatewayError

Ask: TypeAlias = Callable[[], Awaitable[Identity]]
"""Asks whoever listens on the runtime socket who it is."""

START_WITHIN: Final = 10.0
PORTS_WITHIN: Final = 0.3
"""Seconds after the end of an HAProxy in which its ports may still be closing."""
_PAUSE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to run: the program, and the configuration as that very version is to have it."""

    program: Program
    rendered: Rendered

    @property
    def sha(self) -> str:
        """The mark of the configuration; an HAProxy that tells it is the one that is wanted."""
        return self.rendered.sha


async def plan(config: GatewayConfig, binary: Path | None = None) -> Plan:
    """Say what is to run, and start nothing.

    Raises:
        GatewayCannotStart: there is no program for it.
    """
    program = await find_program(binary)
    return Plan(program, render(config, built_for=program.version))


async def prepare(wanted: Plan, config: GatewayConfig) -> None:
    """Do all that can be done before an HAProxy ends that still runs: write the files, and have them checked.

    Raises:
        GatewayCannotStart: says why it would not start.
    """
    room.require_descriptors(config)
    write_files(config, wanted.rendered)
    code, said = await run_program(wanted.program.path, "-c", "-f", config.haproxy_cfg)
    if code:
        raise GatewayCannotStart(f"{wanted.program} does not take {config.haproxy_cfg}: {process.one_line(said)}")


async def start(wanted: Plan, config: GatewayConfig, ask: Ask) -> Identity:
    """Start it; returns when it answers. A start that fails, or is broken off, leaves nothing behind.

    Raises:
        GatewayCannotStart: it ended, with its last words; or it does not answer.
    """
    await _ports_are_free(config)
    pid = process.spawn(wanted.program.path, config)
    try:
        return await _first_answer(pid, wanted.sha, config, ask)
    except BaseException:
        process.kill(pid)
        raise


async def _first_answer(pid: int, sha: str, config: GatewayConfig, ask: Ask) -> Identity:
    until = _now() + START_WITHIN
    while _now() < until:
        if process.has_ended(pid):
            raise GatewayCannotStart(f"it ended at once: {process.last_words(config)}")
        with suppress(GatewayError):
            found = await ask()
            if (found.pid, found.config) == (pid, sha):
                return found
        await asyncio.sleep(_PAUSE)
    raise GatewayCannotStart(f"it did not answer within {START_WITHIN:g} s: {process.last_words(config)}")


async def _ports_are_free(config: GatewayConfig) -> None:
    until = _now() + PORTS_WITHIN
    while True:
        try:
            room.require_ports(config)
        except GatewayCannotStart:
            if _now() > until:
                raise
            await asyncio.sleep(_PAUSE)
        else:
            return


def _now() -> float:
    return asyncio.get_running_loop().time()
