"""Slack's mrkdwn as a reader sees it: names for ids, dates in the reader's time zone, entities resolved.

https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.workspace.rendering.dates import format_date
from bot.workspace.rendering.layout import indented

if TYPE_CHECKING:
    from bot.workspace.channels import Channel
    from bot.workspace.directory import User

_KEPT: Final = re.compile(r"```.+?```|`[^`\n]+`|<[^<>\n]+>", re.DOTALL)
"""What no mark is looked for in: code, and what stands in angle brackets."""
_FENCE: Final = "```"
_MARKS: Final = tuple(
    re.compile(rf"(?<![\w{mark}])[{mark}](?=\S)([^{mark}\n]+)(?<=\S)[{mark}](?![\w{mark}])") for mark in "*_"
)
_HOLE: Final = re.compile("\ue000(\\d+)\ue001")
_ENTITY: Final = re.compile("&(amp|lt|gt);")
_CHARACTERS: Final = {"amp": "&", "lt": "<", "gt": ">"}
_DATE: Final = re.compile(r"date\^(-?\d{1,11})\^([^^]*)(?:\^.*)?")
"""What follows a further caret is a link."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and where and when.

    Attributes:
        channel: where the text stands; it knows the names.
        viewer: whose time zone counts; UTC where nobody is given.
    """

    channel: Channel
    viewer: User | None = None

    def local(self, seconds: float) -> datetime:
        """A moment in the reader's time zone."""
        return datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(self.viewer.tz) if self.viewer else UTC)


def readable(text: str, reader: Reader) -> str:
    """The text as the reader sees it.

    Bold and italic are just words in a terminal; code keeps its backticks, so that one sees what to copy.
    """
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(_resolved(found[0], reader))
        return f"\ue000{len(kept) - 1}\ue001"

    prose = _KEPT.sub(keep, text)
    for mark in _MARKS:
        prose = mark.sub(r"\1", prose)
    return _HOLE.sub(lambda found: kept[int(found[1])], _unescaped(prose))


def _unescaped(text: str) -> str:
    return _ENTITY.sub(lambda found: _CHARACTERS[found[1]], text)


def _resolved(token: str, reader: Reader) -> str:
    if token.startswith(_FENCE):
        return indented(_unescaped(token.strip("`").strip("\n")), "    ")
    if token.startswith("`"):
        return _unescaped(re.sub(r"<[^<>]+>", lambda found: _resolved(found[0], reader), token))
    target, _, label = token[1:-1].partition("|")
    match target[:1]:
        case "@":
            return f"@{_user_name(target[1:], label, reader)}"
        case "#":
            return f"#{reader.channel.directory.channel_names.get(target[1:]) or label or target[1:]}"
        case "!":
            return _special(target[1:], _unescaped(label), reader)
        case _:
            return _link(_unescaped(target), _unescaped(label))


def _link(target: str, label: str) -> str:
    """A label, and where it leads unless it says so itself."""
    bare = target.removeprefix("mailto:").removeprefix("https://").removeprefix("http://")
    if not label or label == target:
        return target
    return label if label == bare else f"{label} ({target})"


def _user_name(user_id: str, label: str, reader: Reader) -> str:
    user = reader.channel.directory.users.get(user_id)
    return user.name if user else label or user_id


def _special(command: str, label: str, reader: Reader) -> str:
    if command.startswith("subteam^"):
        group = reader.channel.directory.groups.get(command.removeprefix("subteam^"))
        return f"@{group.handle}" if group else label or command
    if command.startswith("date^"):
        return _date(command, label, reader)
    return f"@{command.partition('^')[0]}"


def _date(command: str, label: str, reader: Reader) -> str:
    found = _DATE.fullmatch(command)
    if found is None:
        return label
    now = reader.local(reader.channel.clock.time())
    shown = format_date(found[2], reader.local(float(found[1])), now)
    return label if shown is None else shown
