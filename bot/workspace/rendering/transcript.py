"""A message, a channel, a view: what a person has before their eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.workspace.directory import Kind
from bot.workspace.rendering.blocks import block_lines, text
from bot.workspace.rendering.layout import WIDTH, fitted, indented
from bot.workspace.rendering.mrkdwn import Reader, readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.workspace.channels import Channel
    from bot.workspace.directory import User
    from bot.workspace.messages import Message
    from bot.workspace.views import View

_THREAD = "    | "
_BODY = "  "


def render(message: Message, viewer: User | None = None) -> str:
    """What a person sees of a message: its blocks, or its text where it has none.

    Args:
        message: the message.
        viewer: whose time zone dates are shown in; UTC where nobody is given.
    """
    reader = Reader(message.channel, viewer)
    if not message.blocks:
        return readable(message.text, reader)
    return "\n".join(line for block in message.blocks for line in block_lines(block, reader))


def render_channel(channel: Channel, viewer: User | None = None, *, width: int = WIDTH) -> str:
    """What a person sees in a channel: the messages, the threads under them, and what only they can see.

    Args:
        channel: the channel.
        viewer: who looks; nobody sees no ephemeral message, and dates in UTC.
        width: of the terminal, in characters.
    """
    shown = [message for message in channel.everything if _may_see(message, viewer)]
    return "\n".join([titled(channel), *_roots(shown, viewer, width)])


def render_view(view: View, channel: Channel, viewer: User | None = None) -> str:
    """What a person sees of a modal or a home tab.

    Args:
        view: the view.
        channel: any channel of the workspace; it knows the names.
        viewer: whose time zone dates are shown in.
    """
    reader = Reader(channel, viewer)
    lines = [f"== {text(view.content['title'], reader)} =="] if view.content.get("title") else []
    for block in view.blocks:
        lines.extend(block_lines(block, reader))
        if block["block_id"] in view.errors:
            lines.append(f"  ! {view.errors[block['block_id']]}")
    buttons = [view.content.get("close"), view.content.get("submit")]
    shown = [f"[ {text(button, reader)} ]" for button in buttons if button]
    return "\n".join([*lines, *(["  ".join(shown)] if shown else [])])


def titled(channel: Channel) -> str:
    """What a conversation is called from outside."""
    return f"DM with {channel.name}" if channel.is_dm else f"#{channel.name}"


def called(user: User) -> str:
    """What a user is called over a message: people by their handle, apps by their name."""
    return user.real_name if user.kind is Kind.BOT else user.name


def _roots(shown: list[Message], viewer: User | None, width: int) -> Iterator[str]:
    """The channel in order, each thread under the message it hangs on; a gone one is named where it has a thread."""
    for message in shown:
        thread = [reply for reply in shown if reply.is_reply and reply.thread_ts == message.ts and not reply.deleted]
        if message.deleted:
            yield from ["", "(this message was deleted)"] if thread else []
        elif message.broadcast:
            yield from ("", _entry(message, viewer, width, "replied to a thread"))
        elif not message.is_reply:
            yield from ("", _entry(message, viewer, width))
        for reply in thread:
            yield indented(_entry(reply, viewer, width - len(_THREAD)), _THREAD)


def _may_see(message: Message, viewer: User | None) -> bool:
    return message.ephemeral_to is None or (viewer is not None and message.ephemeral_to == viewer.id)


def _entry(message: Message, viewer: User | None, width: int, mark: str = "") -> str:
    reader = Reader(message.channel, viewer)
    author = message.channel.directory.users[message.author]
    marks = (
        [mark] * bool(mark) + ["edited"] * message.edited + ["only you see this"] * (message.ephemeral_to is not None)
    )
    heading = f"{called(author)}  {reader.local(message.history[0].at):%H:%M}{''.join(f' ({each})' for each in marks)}"
    return heading + "\n" + indented(fitted(render(message, viewer), width - len(_BODY)), _BODY)
