"""The bot as a process of its own, to be started, stopped and killed from outside."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

_PATIENCE: Final = 20.0


class BotProcess:
    """One process after the other, with the same settings and one log.

    Args:
        flags: for ``pod-proxier serve``.
        environment: settings on top of what this process inherited; foreign Slack tokens are kept out.
        log: where its output goes.
        program: what Python runs instead of ``-m bot serve``.

    Attributes:
        log: where its output goes.
        was_killed: by :meth:`kill`, and not started again since.
    """

    def __init__(
        self,
        flags: Mapping[str, object],
        environment: Mapping[str, str],
        log: Path,
        program: Sequence[str] = ("-m", "bot", "serve"),
    ) -> None:
        self._words = [sys.executable, *program, *_words(flags)]
        self._environment = _own_environment() | dict(environment)
        self.log = log
        self.was_killed = False
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, *extra: str) -> None:
        """Start it; returns at once. A Ctrl-C at the terminal is not for it: whoever started it will stop it."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._words,
                *extra,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.was_killed = False

    async def kill(self) -> None:
        """``kill -9``: no good-bye, no clean-up."""
        await self._end(signal.SIGKILL)
        self.was_killed = True

    async def stop(self) -> int | None:
        """Ask it to stop.

        Returns:
            Its exit code; ``None`` where it was not running.

        Raises:
            TimeoutError: it did not; it is killed then.
        """
        return await self._end(signal.SIGTERM)

    async def exited(self) -> int:
        """Wait until it ends by itself.

        Raises:
            TimeoutError: it does not.
        """
        if self._process is None:
            raise RuntimeError("it was never started")
        async with asyncio.timeout(_PATIENCE):
            return await self._process.wait()

    async def _end(self, how: signal.Signals) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        if process.returncode is None:
            process.send_signal(how)
        try:
            async with asyncio.timeout(_PATIENCE):
                return await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise

    def log_tail(self, lines: int = 40) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text().splitlines()[-lines:]) if self.log.exists() else "(there is none)"


def _words(flags: Mapping[str, object]) -> list[str]:
    return [str(word) for name, value in flags.items() for word in ((name,) if value is True else (name, value))]


def _own_environment() -> dict[str, str]:
    foreign = ("SLACK_", "POD_PROXIER_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
