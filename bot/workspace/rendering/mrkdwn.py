"""Slack's mrkdwn as a reader sees it: names for ids, dates in the reader's time zone, entities resolved.

https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from bot.workspace.rendering.dates import format_date

if TYPE_CHECKING:
    from bot.workspace.channels import Channel
    from bot.workspace.directory import User

_ANGLES: Final = re.compile(r"<([^<>]+)>")
_DATE_PARTS: Final = 3


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
    """The text as the reader sees it; bold, italic and code keep their marks."""
    return html.unescape(_ANGLES.sub(lambda found: _resolve(found[1], reader), text))


def _resolve(inside: str, reader: Reader) -> str:
    target, _, label = inside.partition("|")
    match target[0]:
        case "@":
            return f"@{_user_name(target[1:], label, reader)}"
        case "#":
            return f"#{label or target[1:]}"
        case "!":
            return _special(target[1:], label, reader)
        case _:
            return f"{label} ({target})" if label else target


def _user_name(user_id: str, label: str, reader: Reader) -> str:
    user = reader.channel.directory.users.get(user_id)
    return user.name if user else label or user_id


def _special(command: str, label: str, reader: Reader) -> str:
    word, *rest = command.split("^", 2)
    if word == "subteam" and rest:
        group = reader.channel.directory.groups.get(rest[0])
        return f"@{group.handle}" if group else label or rest[0]
    if word == "date" and len(rest) == _DATE_PARTS - 1:
        now = reader.local(reader.channel.clock.time())
        template = rest[1].split("^", 1)[0]  # what follows a further caret is a link
        shown = format_date(template, reader.local(float(rest[0])), now)
        return label if shown is None else shown
    return f"@{word}"
