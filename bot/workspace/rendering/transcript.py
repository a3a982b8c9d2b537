"""A message, a channel, a view: what a person has before their eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.workspace.rendering.blocks import block_lines, text
from bot.workspace.rendering.mrkdwn import Reader, readable

if TYPE_CHECKING:
    from bot.workspace.channels import Channel
    from bot.workspace.directory import User
    from bot.workspace.messages import Message
    from bot.workspace.views import View


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


def render_channel(channel: Channel, viewer: User | None = None) -> str:
    """What a person sees in a channel: the messages, the threads under them, and what only they can see."""
    shown = [message for message in channel.everything if not message.deleted and _may_see(message, viewer)]
    roots = [message for message in shown if not message.is_reply]
    parts = [f"# {channel.name}"]
    for root in roots:
        parts.append(_entry(root, viewer))
        thread = [message for message in shown if message.is_reply and message.thread_ts == root.ts]
        parts.extend(_indented(_entry(reply, viewer), "    | ") for reply in thread)
    return "\n".join(parts)


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


def _may_see(message: Message, viewer: User | None) -> bool:
    return message.ephemeral_to is None or (viewer is not None and message.ephemeral_to == viewer.id)


def _entry(message: Message, viewer: User | None) -> str:
    reader = Reader(message.channel, viewer)
    author = message.channel.directory.users[message.author]
    marks = " (edited)" * message.edited + " (only visible to you)" * (message.ephemeral_to is not None)
    heading = f"{author.name}  {reader.local(message.history[0].at):%H:%M}{marks}"
    return heading + "\n" + _indented(render(message, viewer), "  ")


def _indented(lines: str, by: str) -> str:
    return "\n".join(by + line for line in lines.splitlines())
