"""How many words a duration has: ``2h``, ``45 min``, ``1h 30m``, ``2 hours 15 minutes``."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.slack.parsing.spelling import bare
from core.domain.errors import BadTtl
from core.domain.ttl import UNIT_WORDS, parse_ttl

_NUMBER: Final = re.compile(r"[+-]?\d+")
_GLUED: Final = re.compile(r"(?:\d+[a-z]+)*\d+([a-z]+)")


def span_of_duration(words: Sequence[str]) -> int:
    """Count the words of the duration that begins with the first one; 1 where that is none at all.

    A further part belongs to it while its unit is smaller: ``1h 30m``, but not ``2h 3 days of logs``.
    """
    end, smallest = _part(words)
    while smallest is not None:
        length, unit = _part(words[end:])
        if unit is None or unit >= smallest:
            break
        end, smallest = end + length, unit
    return max(end, 1)


def is_duration(words: Sequence[str]) -> bool:
    """Whether the words begin with a duration that can be read."""
    try:
        parse_ttl(" ".join(bare(word) for word in words[: span_of_duration(words)]))
    except BadTtl:
        return False
    return True


def _part(words: Sequence[str]) -> tuple[int, timedelta | None]:
    """Measure one number with its unit, in one word or two, and say how long the unit is."""
    here, after = (bare(word).lower() for word in (*words[:2], "", "")[:2])
    if _NUMBER.fullmatch(here) and after in UNIT_WORDS:
        return 2, parse_ttl(f"1{after}")
    glued = _GLUED.fullmatch(here)
    if glued and glued[1] in UNIT_WORDS:
        return 1, parse_ttl(f"1{glued[1]}")
    return 1, None
