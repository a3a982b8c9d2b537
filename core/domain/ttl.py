"""Durations as people write them: ``2h``, ``90m``, ``1h30m``, ``45 min``, ``2 hours``, ``1d``."""

import re
from datetime import timedelta
from typing import Final

from core.domain.errors import BadTtl

_UNITS: Final = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), timedelta(seconds=1)),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), timedelta(days=1)),
}
_PART: Final = re.compile(r"(\d+)\s*([a-z]+)\s*")
_LONGEST_DIGITS: Final = 9
_STEPS: Final = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
UNIT_WORDS: Final = frozenset(_UNITS)
"""Every word that may follow a number."""


def parse_ttl(text: str) -> timedelta:
    """Read a duration; units may be given in any order, each at most once.

    Raises:
        BadTtl: no unit (asks back), zero, negative, or not a duration at all.
    """
    wanted = text.strip().lower()
    if wanted.isascii() and wanted.isdigit():
        number = wanted.lstrip("0") or "0"
        raise BadTtl(text, f"{number!r} has no unit: {number}h or {number}m?", example=f"{number}h")
    if wanted.startswith("-"):
        raise BadTtl(text, f"{text!r} is negative", example=wanted.lstrip("-") or "2h")
    total = _sum_parts(wanted, text)
    if not total:
        raise BadTtl(text, f"{text!r} is no time at all", example="30m")
    return total


def _sum_parts(wanted: str, text: str) -> timedelta:
    end, total, seen = 0, timedelta(), set[timedelta]()
    for part in _PART.finditer(wanted):
        unit = _UNITS.get(part[2])
        if part.start() != end or unit is None or unit in seen or len(part[1]) > _LONGEST_DIGITS:
            break
        seen.add(unit)
        total, end = total + _times(int(part[1]), unit, text), part.end()
    if end != len(wanted) or not wanted:
        raise BadTtl(text, f"{text!r} is not a duration", example="2h, 90m or 1h30m")
    return total


def _times(number: int, unit: timedelta, text: str) -> timedelta:
    try:
        return number * unit
    except OverflowError as exc:
        raise BadTtl(text, f"{text!r} is longer than anyone lives", example="2h") from exc


def format_ttl(duration: timedelta) -> str:
    """Write a duration so that ``parse_ttl`` reads it back: ``1h30m``. Fractions of a second are dropped."""
    left = int(duration.total_seconds())
    if left <= 0:
        return "0s"
    parts = []
    for unit, seconds in _STEPS:
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)
