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
from bot.demo.scenes import clean_up, play
from bot.demo.stage import Stage
from bot.demo.story import StepFailed
from bot.demo.typed import typed_lines

_INTERRUPTED: Final = 130
"""What shells report for a program that Ctrl-C ended."""


def main(*, stay: bool = False) -> int:
    """Play the story; with ``stay``, keep everything running afterwards until interrupted.

    Returns:
        0, or 1 where a step failed; the step is named on stderr.
    """
    try:
        return asyncio.run(_run(stay=stay))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0 if stay else _INTERRUPTED


async def _run(*, stay: bool) -> int:
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with tempfile.TemporaryDirectory(prefix="pod-proxier-demo-") as folder:
        async with Stage(Path(folder), stay=stay) as stage:
            narrator, began = Narrator(stage.workspace), time.monotonic()
            try:
                async with narrator.reading():
                    await play(stage, narrator)
                    if not stay:
                        await clean_up(stage, narrator)
                    narrator.scene(f"All of it held, in {time.monotonic() - began:.0f} seconds")
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
