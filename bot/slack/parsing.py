"""What a person typed after ``/proxy``: five verbs. Forgiving where the meaning is certain, else an error."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from core.domain.mapping import Reference
from core.domain.request import Ask


@dataclass(frozen=True, slots=True)
class Request:
    """Ask for a mapping."""

    ask: Ask


@dataclass(frozen=True, slots=True)
class ListThem:
    """List one's own mappings, or ``everything``."""

    everything: bool = False


@dataclass(frozen=True, slots=True)
class Extend:
    """Ask for more time."""

    reference: Reference
    by: timedelta


@dataclass(frozen=True, slots=True)
class Close:
    """End a mapping now, or take back a request."""

    reference: Reference


@dataclass(frozen=True, slots=True)
class GiveHelp:
    """Show the commands."""


Command: TypeAlias = Request | ListThem | Extend | Close | GiveHelp


def parse(text: str) -> Command:
    """Read a command.

    Args:
        text: what follows ``/proxy``, as Slack hands it over; nothing at all asks for help.

    Raises:
        BadInput: says what is wrong; ``given`` is the text as it was read, ``hint`` a corrected command.
    """
    if not text.split():
        return GiveHelp()
    raise NotImplementedError
