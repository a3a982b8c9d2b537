"""Prints the conversation as a person would see it, while it happens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from bot.workspace.messages import Message
from bot.workspace.rendering.layout import WIDTH, fitted, indented
from bot.workspace.rendering.transcript import called, render, titled
from bot.workspace.workspace import Workspace

_BODY: Final = "      "
_NEVER: Final = (0, "")
_FOR_EVER: Final = 10.0**9
"""Seconds."""


class Narrator:
    """Follows every channel of a workspace; what the bot posts comes out in the order it is seen.

    What is posted again with nothing new in it is passed over.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._told: dict[int, tuple[int, str]] = {}

    def scene(self, title: str) -> None:
        """Print a heading."""
        self.prints(f"\n--- {title} ---")

    def says(self, who: str, what: str) -> None:
        """Print what somebody does outside of Slack's messages: types a command, clicks, connects."""
        self.prints("\n" + fitted(f"  {who}: {what}", WIDTH))

    def checked(self, what: str) -> None:
        """Print a check that held."""
        self.prints(fitted(f"  ok  {what}", WIDTH))

    def prints(self, text: str) -> None:
        """Print something as it is, after all that was posted before it."""
        self.catch_up()
        self._print(text)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Print messages meanwhile."""
        task = asyncio.create_task(self._read())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self.catch_up()

    async def _read(self) -> None:
        while True:
            await self._workspace.until(lambda: bool(self._news()), within=_FOR_EVER)
            self.catch_up()

    def catch_up(self) -> None:
        """Print what is new."""
        for message in self._news():
            versions, before = self._told.get(id(message), _NEVER)
            now = render(message)
            self._told[id(message)] = (len(message.history), now)
            if now != before:
                self._print(self._shown(message, again=versions > 0))

    def _news(self) -> list[Message]:
        return [
            message
            for message in self._workspace.state.timeline
            if len(message.history) > self._told.get(id(message), _NEVER)[0]
            and message.origin.method != "hands"
            and not message.deleted
        ]

    def _shown(self, message: Message, *, again: bool) -> str:
        users = self._workspace.state.directory.users
        where = [titled(message.channel)]
        where += ["thread"] * message.is_reply + ["and channel"] * message.broadcast + ["updated"] * again
        where += [f"only {users[message.ephemeral_to].name} sees this"] if message.ephemeral_to else []
        heading = f"  [{', '.join(where)}] {called(users[message.author])}"
        return f"\n{heading}\n" + indented(fitted(render(message), WIDTH - len(_BODY)), _BODY)

    def _print(self, text: str) -> None:
        print(text, flush=True)  # noqa: T201 - the demo is a program that talks
