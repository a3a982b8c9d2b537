"""How Slack changes the text of a command that a person typed."""

import html
import re
from collections.abc import Callable
from typing import Final

from bot.workspace.state import State

_HANDLE: Final = re.compile(r"(?<!\S)@([\w.-]*\w)")
_CHANNEL: Final = re.compile(r"(?<!\S)#([\w-]+)")
_LINK: Final = re.compile(r"(?<!\S)(https?://\S+)")
_EMAIL: Final = re.compile(r"(?<!\S)([\w.+-]+@[\w-]+(?:\.[\w-]+)+)(?!\S)")
_HOST: Final = re.compile(r"(?<!\S)((?:[\w-]+\.)+(?:com|dev|io|net|org)(?::\d+)?(?:/\S*)?)(?!\S)")


def escaped(text: str, state: State) -> str:
    """The text as it arrives with `should_escape`: people, groups and channels as ids, links in angle brackets.

    https://docs.slack.dev/interactivity/implementing-slash-commands. The client takes for a link whatever looks like
    one to it, a bare host name too.
    """
    text = html.escape(text, quote=False)
    text = _LINK.sub(r"<\1>", text)
    text = _EMAIL.sub(r"<mailto:\1|\1>", text)
    text = _HOST.sub(r"<http://\1|\1>", text)
    text = _HANDLE.sub(_replace(lambda name: _mention(name, state)), text)
    return _CHANNEL.sub(_replace(lambda name: _channel(name, state)), text)


def _replace(by: Callable[[str], str | None]) -> Callable[[re.Match[str]], str]:
    return lambda found: by(found[1]) or found[0]


def _mention(name: str, state: State) -> str | None:
    if name in {"here", "channel", "everyone"}:
        return f"<!{name}>"
    if user := state.directory.user_named(name):
        return f"<@{user.id}|{user.name}>"
    if group := state.directory.group_named(name):
        return f"<!subteam^{group.id}|@{group.handle}>"
    return None


def _channel(name: str, state: State) -> str | None:
    channel = state.channel_named(name)
    return f"<#{channel.id}|{channel.name}>" if channel and not channel.is_dm else None
