"""Somebody at a terminal, or a script: the command line as a process of its own."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.e2e.rig import PATIENCE, Rig

TOKEN: Final = "the-token-of-alice-0123456789"
SCRIPT: Final = "the-token-of-a-script-0123456"
READ_ONLY: Final = "the-token-that-may-only-look-0"


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Running:
    """A command that has not ended yet; what it says on stderr can be waited for."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process, self._told = process, ""

    async def says(self, words: str) -> None:
        """Wait until it says so."""
        assert self._process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            while words not in self._told:
                line = (await self._process.stderr.readline()).decode()
                assert line, f"it ended without saying {words!r}: {self._told}"
                self._told += line

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    async def ended(self) -> Said:
        """Wait until it ends."""
        async with asyncio.timeout(PATIENCE):
            out, err = await self._process.communicate()
        assert self._process.returncode is not None
        return Said(self._process.returncode, out.decode(), self._told + err.decode())


@dataclass(frozen=True, slots=True)
class Terminal:
    """A shell whose environment names a server and a token."""

    server: str
    token: str = TOKEN

    @asynccontextmanager
    async def runs(self, *words: str) -> AsyncIterator[Running]:
        """Run a command; it is killed where it has not ended by the end of the block."""
        foreign = ("SLACK_", "POD_PROXIER_")
        own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words),
            env=own | {"POD_PROXIER_SERVER": self.server, "POD_PROXIER_TOKEN": self.token, "TZ": "UTC"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield Running(process)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def run(self, *words: str) -> Said:
        """Run a command to its end."""
        async with self.runs(*words) as running:
            said = await running.ended()
        assert "Traceback" not in said.err, said.err
        assert not self.token or self.token not in said.out + said.err
        return said


def terminal_of(rig: Rig, token: str = TOKEN) -> Terminal:
    """Sit down before the rig's bot."""
    return Terminal(f"http://127.0.0.1:{rig.rest_port}", token)


def write_tokens(rig: Rig) -> Path:
    """Give alice a token, a script one of its own, and somebody one that is only good for looking."""
    rig.write(
        tokens=f"- {{name: alice, token: {TOKEN}, scopes: [read, request], user: {rig.alice.id}}}\n"
        f"- {{name: ci, token: {SCRIPT}, scopes: [read, request]}}\n"
        f"- {{name: looking, token: {READ_ONLY}, scopes: [read]}}\n"
    )
    return rig.folder / "tokens.yaml"
