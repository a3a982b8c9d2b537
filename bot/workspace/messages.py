"""Messages, with every version they ever had."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.workspace.channels import Channel
    from bot.workspace.wire import JsonObject


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says: the text that screen readers read, and the blocks."""

    text: str
    blocks: tuple[JsonObject, ...] = ()
    metadata: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One content of a message and the moment (seconds since 1970) it began to show."""

    content: Content
    at: float


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message came from.

    Attributes:
        author: the user id.
        method: the Web API method, `response_url`, `ack`, or `hands` for what a person typed.
        response_url: the path of the response URL it came through, if any.
    """

    author: str
    method: str
    response_url: str | None = None


@dataclass(eq=False, slots=True)
class Message:
    """A message in a channel, a thread or a DM; an ephemeral one where `ephemeral_to` names its reader.

    Attributes:
        broadcast: a reply in a thread that stands in the channel as well (`reply_broadcast`).
    """

    channel: Channel
    ts: str
    origin: Origin
    history: list[Version]
    thread_ts: str | None = None
    ephemeral_to: str | None = None
    broadcast: bool = False
    deleted: bool = False
    edits: list[str] = field(default_factory=list)

    @property
    def content(self) -> Content:
        """What it says now."""
        return self.history[-1].content

    @property
    def text(self) -> str:
        """The text it has now, which stands for the blocks in notifications and to screen readers."""
        return self.content.text

    @property
    def blocks(self) -> Sequence[JsonObject]:
        """The blocks it has now."""
        return self.content.blocks

    @property
    def author(self) -> str:
        """The user id of who posted it."""
        return self.origin.author

    @property
    def edited(self) -> bool:
        """Whether it was changed after it was posted."""
        return len(self.history) > 1

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread, under another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def replies(self) -> list[Message]:
        """The thread under it, oldest first."""
        return [reply for reply in self.channel.messages if reply.is_reply and reply.thread_ts == self.ts]
