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
    "date_long_full": lambda at: f"{at:%B} {at.day}, {at:%Y}",
    "date_slash": lambda at: f"{at:%d/%m/%Y}",
    "time": lambda at: f"{at:%H:%M}",
    "time_secs": lambda at: f"{at:%H:%M:%S}",
}
_PRETTY: Final = {
    "date_pretty": "date",
    "date_short_pretty": "date_short",
    "date_long_pretty": "date_long",
    "day_divider_pretty": "date_long",
}
"""Tokens that say today, yesterday, tomorrow where they can, and what they say elsewhere."""
_NEAR: Final = {-1: "yesterday", 0: "today", 1: "tomorrow"}
_AGO: Final = "ago"
_KNOWN: Final = frozenset({*_FORMATS, *_PRETTY, _AGO})
_UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def format_date(template: str, at: datetime, now: datetime) -> str | None:
    """The template with its tokens filled in, or None where Slack would show the fallback.

    Args:
        template: text with tokens.
        at: the moment, in the reader's time zone.
        now: the present, in the same zone; what is near it is called today, yesterday, tomorrow.
    """
    if not set(_TOKEN.findall(template)) <= _KNOWN:
        return None
    return _TOKEN.sub(lambda found: _filled(found[1], at, now), template)


def _filled(word: str, at: datetime, now: datetime) -> str:
    if word == _AGO:
        return _distance(at - now)
    near = _NEAR.get((at.date() - now.date()).days)
    if word in _PRETTY:
        return near or _FORMATS[_PRETTY[word]](at)
    return _FORMATS[word](at)


def _distance(delta: timedelta) -> str:
    seconds = abs(delta.total_seconds())
    unit, length = next(((unit, length) for unit, length in _UNITS if seconds >= length), _UNITS[-1])
    count = round(seconds / length)
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {words}" if delta > timedelta(0) else f"{words} ago"


def _ordinal(day: int) -> str:
    teens = range(11, 14)
    return f"{day}{'th' if day in teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"
