"""Channels, DMs, and what was said in them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from bot.workspace.matching import Matching, matches
from bot.workspace.rendering.transcript import render

if TYPE_CHECKING:
    from bot.workspace.bell import Bell
    from bot.workspace.clock import Clock
    from bot.workspace.directory import Directory
    from bot.workspace.messages import Message


class ChannelKind(StrEnum):
    """What a conversation is."""

    PUBLIC = "public_channel"
    PRIVATE = "private_channel"
    IM = "im"
    MPIM = "mpim"


class Channel:
    """A conversation: its members and its messages.

    Attributes:
        id: `C...`, or `D...` for a DM with the app.
        name: without the `#`; for a DM the other person's handle.
        members: user ids.
        archived: nothing can be posted any more.
    """

    def __init__(
        self, channel_id: str, name: str, *, kind: ChannelKind, directory: Directory, clock: Clock, bell: Bell
    ) -> None:
        self.id = channel_id
        self.name = name
        self.kind = kind
        self.directory = directory
        self.clock = clock
        self.members: set[str] = set()
        self.archived = False
        self.everything: list[Message] = []
        self._bell = bell

    @property
    def is_dm(self) -> bool:
        """Whether it is a DM, with one person or several."""
        return self.kind in {ChannelKind.IM, ChannelKind.MPIM}

    @property
    def messages(self) -> list[Message]:
        """What everybody in it can see, oldest first, the replies in threads included."""
        return [message for message in self.everything if message.ephemeral_to is None and not message.deleted]

    @property
    def roots(self) -> list[Message]:
        """The messages that are not replies in a thread."""
        return [message for message in self.messages if not message.is_reply]

    def find(self, ts: str) -> Message | None:
        """The message with that `ts` that everybody can see."""
        return next((message for message in self.messages if message.ts == ts), None)

    async def message(self, matching: Matching = None, *, within: float = 10.0) -> Message:
        """Wait for the newest message that matches, in the channel or in a thread of it.

        Args:
            matching: a piece of what a person sees, a predicate over the message, or None for any message.
            within: seconds to wait at most.

        Raises:
            NotSeenError: none came; the text shows what did.
        """
        return await self._bell.find(
            lambda: next((message for message in reversed(self.messages) if matches(message, matching)), None),
            within=within,
            describe=lambda: f"{matching!r} in #{self.name}, which shows:\n{self._shown()}",
        )

    def _shown(self) -> str:
        return "\n".join(render(message) for message in self.messages) or "(nothing)"
