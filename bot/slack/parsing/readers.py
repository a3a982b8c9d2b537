"""One reader for each verb: from the words behind it to a command."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from bot.slack.parsing.asking import LONGEST_REASON, read_ask
from bot.slack.parsing.commands import (
    Close,
    Command,
    Extend,
    FreezeAll,
    GiveHelp,
    ListThem,
    Request,
    RevokeAll,
    Thaw,
)
from bot.slack.parsing.durations import is_duration, span_of_duration
from bot.slack.parsing.spelling import bare
from core.domain.errors import BadInput, BadTarget, BadTtl
from core.domain.mapping import Reference
from core.domain.target import MAX_PORT, Kind, Target
from core.domain.ttl import parse_ttl

Reader: TypeAlias = Callable[[Sequence[str]], Command]
_LONGEST_ID: Final = 18


def _pod(words: Sequence[str]) -> Request:
    return Request(read_ask(words))


def _list(words: Sequence[str]) -> ListThem:
    said = [bare(word).lower() for word in words]
    if said not in ([], ["all"]):
        raise BadInput(" ".join(words), "list takes nothing, or all", example="list all")
    return ListThem(everything=bool(said))


def _extend(words: Sequence[str]) -> Extend:
    if not words:
        raise BadInput("", "which one, and for how long?", example="extend 10004 30m")
    reference, rest = read_reference(words[0], "extend {} 30m"), list(words[1:])
    if len(rest) > 1 and bare(rest[0]).lower() in {"by", "for"}:
        rest = rest[1:]
    if not rest:
        raise BadTtl("", "for how long?", example=f"extend {bare(words[0])} 30m")
    try:
        return Extend(reference, parse_ttl(" ".join(bare(word) for word in rest)))
    except BadTtl as error:
        error.hint = f"extend {bare(words[0])} {_nearest(rest, error.hint)}"
        raise


def _nearest(words: Sequence[str], hint: str) -> str:
    """Guess which duration was meant: the one that the words begin with, else the one of the hint, else some."""
    begun = " ".join(bare(word) for word in words[: span_of_duration(words)])
    guesses = (begun, hint.partition(",")[0])
    return next((guess for guess in guesses if guess and is_duration(guess.split())), "30m")


def _close(words: Sequence[str]) -> Close:
    if not words:
        raise BadInput("", "which one?", example="close 10004")
    reference = read_reference(words[0], "close {}")
    if len(words) > 1:
        raise BadInput(" ".join(words), "one at a time, please", example=f"close {bare(words[0])}")
    return Close(reference)


def _freeze(words: Sequence[str]) -> FreezeAll:
    reason = " ".join(words)
    if len(reason) > LONGEST_REASON:
        what = f"the reason has {len(reason)} characters; {LONGEST_REASON} at most"
        raise BadInput(reason, what, example="freeze " + " ".join(words[:5])[:60])
    return FreezeAll(reason)


def _thaw(words: Sequence[str]) -> Thaw:
    if words:
        raise BadInput(" ".join(words), "thaw takes nothing", example="thaw")
    return Thaw()


def _revoke_all(words: Sequence[str]) -> RevokeAll:
    """Read a namespace, or none: whoever mistypes one must not revoke everything."""
    if not words:
        return RevokeAll()
    if len(words) > 1:
        problem = "one namespace, or none for everything"
        raise BadInput(" ".join(words), problem, example=f"revoke-all {bare(words[0])}")
    try:
        return RevokeAll(Target.parse(Kind.POD, f"{bare(words[0])}/any").namespace)
    except BadTarget as error:
        raise BadInput(words[0], f"{words[0]!r} is not a namespace", example="revoke-all payments") from error


def _help(_: Sequence[str]) -> GiveHelp:
    return GiveHelp()


READERS: Final[Mapping[str, Reader]] = {
    "pod": _pod,
    "list": _list,
    "extend": _extend,
    "close": _close,
    "help": _help,
    "freeze": _freeze,
    "thaw": _thaw,
    "revoke-all": _revoke_all,
}


def read_reference(word: str, example: str) -> Reference:
    """Read a port or an id; ``HOST:PORT``, as a card shows it, is a port too.

    Args:
        word: as it was typed.
        example: a command with ``{}`` in the place of the word.

    Raises:
        BadInput: neither.
    """
    last = bare(word).rpartition(":")[2]
    try:
        reference = Reference.parse(last if len(last) <= _LONGEST_ID else "")
    except BadInput as error:
        raise BadInput(word, f"{word!r} is neither a port nor an id", example=example.format("10004")) from error
    if reference.port is not None and not 1 <= reference.port <= MAX_PORT:
        problem = f"{last!r} is not a port: ports go from 1 to {MAX_PORT}"
        raise BadInput(word, problem, example=example.format("10004"))
    return reference
