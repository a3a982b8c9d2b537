"""The whole story on one machine: a local Slack workspace, a real HAProxy, a "pod", and the bot itself, unchanged."""

import asyncio
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from bot.demo.conversation import Conversation
from bot.demo.narrator import Narrator
from bot.demo.panel import panel_of
from bot.demo.scenes import clean_up, play
from bot.demo.stage import BotEnded, Stage
from bot.demo.story import StepFailed
from bot.demo.typed import typed_lines
from bot.workspace.page.server import Page

_INTERRUPTED: Final = 130
"""What shells report for a program that Ctrl-C ended."""
_WELCOME: Final = """\

  The local workspace, with the unchanged bot and a real HAProxy behind it:

    {address}

  You are alice, who asks; bob and carol approve, carol is an operator as well. Switch between them on the left.
  Begin with: /proxy pod payments/api-0 30s
  The bot's log is {log}. Ctrl-C ends everything."""


def main(*, stay: bool = False, web: bool = False) -> int:
    """Play the story; with ``stay``, keep everything running afterwards until interrupted.

    Args:
        stay: keep everything running afterwards.
        web: play nothing; serve the workspace as a page instead, until interrupted.

    Returns:
        0, or 1 where a step failed; the step is named on stderr.
    """
    try:
        return asyncio.run(_serve() if web else _run(stay=stay))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0 if stay or web else _INTERRUPTED


def _end_on_sigterm() -> None:
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


async def _serve() -> int:
    _end_on_sigterm()
    with tempfile.TemporaryDirectory(prefix="pod-proxier-demo-") as folder:
        async with Stage(Path(folder), stay=True) as stage:
            try:
                await stage.start_bot()
            except BotEnded as exc:
                print(f"{exc}\n\nThe bot's log:\n{stage.bot.log_tail()}", file=sys.stderr)  # noqa: T201 - to be read
                return 1
            async with (
                panel_of(stage.state_dir, stage.ports) as panel,
                Page(stage.workspace, stage.people, panel) as page,
            ):
                print(_WELCOME.format(address=page.address, log=stage.bot.log), flush=True)  # noqa: T201 - to be read
                await asyncio.Event().wait()
    return 0


async def _run(*, stay: bool) -> int:
    _end_on_sigterm()
    with tempfile.TemporaryDirectory(prefix="pod-proxier-demo-") as folder:
        async with Stage(Path(folder), stay=stay) as stage:
            narrator, began = Narrator(stage.workspace), time.monotonic()
            try:
                async with narrator.reading():
                    await play(stage, narrator)
                    if not stay:
                        await clean_up(stage, narrator)
                    narrator.scene(f"All of it held, in {time.monotonic() - began:.0f} seconds")
                    narrator.prints("\n  The same to click through, in the browser: make demo-web")
                    if stay:
                        await _stay(stage, narrator)
            except StepFailed as failed:
                print(f"\nFAILED: {failed}\n\nThe bot's log:\n{stage.bot.log_tail()}", file=sys.stderr)  # noqa: T201 - to be read
                return 1
    return 0


async def _stay(stage: Stage, narrator: Narrator) -> None:
    narrator.scene("Your turn")
    if not await Conversation(stage, narrator).run(typed_lines()):
        await asyncio.Event().wait()  # nobody can type any more: until Ctrl-C
