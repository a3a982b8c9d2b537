"""Slack's date tokens: `{date_short_pretty} {time}` in the reader's time zone.

https://docs.slack.dev/messaging/formatting-message-text#date-formatting
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

_TOKEN: Final = re.compile(r"\{(\w+)\}")
_FORMATS: Final[Mapping[str, Callable[[datetime], str]]] = {
    "date_num": lambda at: f"{at:%Y-%m-%d}",
    "date": lambda at: f"{at:%B} {_ordinal(at.day)}, {at:%Y}",
    "date_short": lambda at: f"{at:%b} {at.day}, {at:%Y}",
    "date_long": lambda at: f"{at:%A}, {at:%B} {_ordinal(at.day)}, {at:%Y}",
    "date_slash": lambda at: f"{at:%d/%m/%Y}",
    "time": lambda at: f"{at:%H:%M}",
    "time_secs": lambda at: f"{at:%H:%M:%S}",
}
_NEAR: Final = {-1: "yesterday", 0: "today", 1: "tomorrow"}


def format_date(template: str, at: datetime, now: datetime) -> str | None:
    """The template with its tokens filled in, or None where Slack would show the fallback.

    Args:
        template: text with tokens.
        at: the moment, in the reader's time zone.
        now: the present, in the same zone; what is near it is called today, yesterday, tomorrow.
    """
    if any(_formatter(word) is None for word in _TOKEN.findall(template)):
        return None
    return _TOKEN.sub(lambda found: _fill(found[1], at, now), template)


def _fill(word: str, at: datetime, now: datetime) -> str:
    if word == "ago":
        return _distance(at - now)
    near = _NEAR.get((at.date() - now.date()).days)
    if word.endswith("_pretty") and near:
        return near
    formatter = _formatter(word)
    return formatter(at) if formatter else word


def _formatter(word: str) -> Callable[[datetime], str] | None:
    if word == "ago":
        return str
    return _FORMATS.get(word.removesuffix("_pretty") if word.startswith("date") else word)


def _distance(delta: timedelta) -> str:
    minutes = abs(round(delta.total_seconds() / 60))
    words = f"{minutes} minutes" if minutes < 60 else f"{round(minutes / 60)} hours"  # noqa: PLR2004 -- sixty minutes
    return f"in {words}" if delta > timedelta(0) else f"{words} ago"


def _ordinal(day: int) -> str:
    teens = range(11, 14)
    return f"{day}{'th' if day in teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"
