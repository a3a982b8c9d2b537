"""The commands there are, as values; and written out again, so that they can be copied."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

from bot.slack.settings import COMMAND
from core.domain.mapping import Reference
from core.domain.request import Ask
from core.domain.ttl import format_ttl

VERBS: Final = ("pod", "list", "extend", "close", "help")
OPERATORS_VERBS: Final = ("freeze", "thaw", "revoke-all")


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
class FreezeAll:
    """Revoke everything, and have nothing opened."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Thaw:
    """Let everything go on."""


@dataclass(frozen=True, slots=True)
class RevokeAll:
    """Revoke what there is, everywhere or in one namespace."""

    namespace: str | None = None


@dataclass(frozen=True, slots=True)
class OpenForm:
    """Ask for a mapping by filling in a form."""


@dataclass(frozen=True, slots=True)
class GiveHelp:
    """Show the commands."""


Brake: TypeAlias = FreezeAll | Thaw | RevokeAll
Command: TypeAlias = Request | ListThem | Extend | Close | OpenForm | GiveHelp | Brake


def written(command: Command) -> str:
    """Write a command so that ``parse`` reads it back: ``/proxy pod payments/api-0 2h from 10.1.2.3 order 4711``."""
    match command:
        case Request(ask):
            words = _asked(ask)
        case ListThem(everything):
            words = ["list", "all"] if everything else ["list"]
        case Extend(reference, by):
            words = ["extend", _named(reference), format_ttl(by)]
        case Close(reference):
            words = ["close", _named(reference)]
        case FreezeAll() | Thaw() | RevokeAll():
            words = _stopping(command)
        case OpenForm():
            words = []
        case GiveHelp():
            words = ["help"]
    return " ".join([COMMAND, *words])


def _stopping(command: Brake) -> list[str]:
    match command:
        case FreezeAll(reason):
            return ["freeze", reason] if reason else ["freeze"]
        case Thaw():
            return ["thaw"]
        case RevokeAll(namespace):
            return ["revoke-all", namespace] if namespace else ["revoke-all"]


def _asked(ask: Ask) -> list[str]:
    words = ["pod", str(ask.target)]
    if ask.ttl is not None:
        words.append(format_ttl(ask.ttl))
    if ask.sources is not None:
        words += ["from", str(ask.sources).replace(" ", "")]
    return [*words, ask.reason] if ask.reason else words


def _named(reference: Reference) -> str:
    return str(reference) if reference.port is None else str(reference.port)
