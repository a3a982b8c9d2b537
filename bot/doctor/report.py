"""What a check found, and how it is told: one line each."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.domain.errors import PodProxierError

_NEXT_LINE: Final = re.compile(r"(?<=[^\s:;,])\s*\n\s*(?=\S)")
"""Where another line of a text begins that is not announced by the one before."""


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    NOTE = "note"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    Attributes:
        remedy: what to do about it, as a command or a setting where there is one.
    """

    level: Level
    text: str
    remedy: str = ""

    def line(self, subject: str) -> str:
        """Tell it, in one line whatever is in the text."""
        advice = f" -> {self.remedy}" if self.remedy else ""
        return f"{self.level:<4} {subject}: " + " ".join(f"{_NEXT_LINE.sub('; ', self.text)}{advice}".split())


def ok(text: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, text)


def note(text: str, remedy: str = "") -> Finding:
    """Something to know; nothing is broken."""
    return Finding(Level.NOTE, text, remedy)


def fail(text: str, remedy: str = "") -> Finding:
    """It will not work like this."""
    return Finding(Level.FAIL, text, remedy)


def broken(exc: Exception) -> Finding:
    """A check that raised: our own errors are sentences with a hint, anything else shows its class as well."""
    if isinstance(exc, PodProxierError):
        return fail(str(exc), exc.hint)
    return fail(f"{type(exc).__name__}: {exc}")
