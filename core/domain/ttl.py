"""Durations as people write them: ``2h``, ``90m``, ``1h30m``, ``45 min``, ``2 hours``, ``1d``."""

import re
from datetime import timedelta
from typing import Final

from core.domain.errors import BadTtl

_UNITS: Final = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
}
_SIGNS: Final = re.compile(r"^[-+\s]+")
_NUMBER: Final = re.compile(r"0*([0-9]{1,9})")
_PART: Final = re.compile(r"([0-9]{1,9})\s*([a-z]+)\s*")
_STEPS: Final = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
UNIT_WORDS: Final = frozenset(_UNITS)
"""Every word that may follow a number."""


def parse_ttl(text: str) -> timedelta:
    """Read a duration; units may be given in any order, each at most once.

    Raises:
        BadTtl: no unit (asks back), zero, negative, or not a duration at all.
    """
    wanted = text.strip().lower().removeprefix("+").lstrip()
    if wanted.startswith("-"):
        raise BadTtl(text, f"{text!r} is negative", example=_without_sign(wanted))
    bare = _NUMBER.fullmatch(wanted)
    seconds = int(bare[1]) if bare else _sum_parts(wanted, text)
    if not seconds:
        raise BadTtl(text, f"{text!r} is no time at all", example="30m")
    if bare:
        raise BadTtl(text, f"{bare[1]!r} has no unit: {bare[1]}h or {bare[1]}m?", example=f"{bare[1]}h")
    try:
        return timedelta(seconds=seconds)
    except OverflowError as exc:
        raise BadTtl(text, f"{text!r} is longer than anyone lives", example="2h") from exc


def _without_sign(wanted: str) -> str:
    try:
        return format_ttl(parse_ttl(_SIGNS.sub("", wanted, count=1)))
    except BadTtl as exc:
        return exc.hint


def _sum_parts(wanted: str, text: str) -> int:
    end, total, seen = 0, 0, set[int]()
    for part in _PART.finditer(wanted):
        unit = _UNITS.get(part[2])
        if part.start() != end or unit is None or unit in seen:
            break
        seen.add(unit)
        total, end = total + int(part[1]) * unit, part.end()
    if end != len(wanted) or not wanted:
        raise BadTtl(text, f"{text!r} is not a duration such as 2h, 90m or 1h30m", example="2h")
    return total


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
