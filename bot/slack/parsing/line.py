"""What a person typed after ``/proxy``: a few verbs. Forgiving where the meaning is certain, else an error."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from bot.slack.parsing.commands import OPERATORS_VERBS, VERBS, Command, OpenForm
from bot.slack.parsing.readers import READERS
from bot.slack.parsing.spelling import bare, plain
from bot.slack.settings import COMMAND
from core.domain.errors import BadInput

LONGEST: Final = 3_000
"""Characters of a command; more is nothing that a person typed."""
_FALLBACK: Final = "pod payments/api-0 2h"


def parse(text: str) -> Command:
    """Read a command.

    Args:
        text: what follows ``/proxy``, as Slack hands it over; nothing at all asks for help.

    Raises:
        BadInput: says what is wrong; ``given`` is the text as it was read, ``hint`` a corrected command.
    """
    typed = plain(text)
    try:
        return _read(typed)
    except BadInput as error:
        error.given, error.hint = typed, _example(error.hint)
        raise


def _read(typed: str) -> Command:
    if len(typed) > LONGEST:
        raise BadInput(typed, f"that is longer than {LONGEST} characters", example=_FALLBACK)
    words = typed.split()
    if words and bare(words[0]).lower() in {COMMAND, COMMAND.lstrip("/")}:
        words = words[1:]
    if not words:
        return OpenForm()
    verb = bare(words[0]).lstrip("/").lower()
    read = READERS.get(verb)
    if read is None:
        raise _unknown(words)
    return read(words[1:])


def _unknown(words: Sequence[str]) -> BadInput:
    verb, rest = bare(words[0]), " ".join(words[1:])
    if "/" in verb:
        return BadInput(verb, f"{verb!r} is no command; a target comes after pod", example=f"pod {verb} {rest}")
    near = get_close_matches(verb.lower(), (*VERBS, *OPERATORS_VERBS), n=2, cutoff=0.5)
    question = f"; did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(VERBS)}"
    return BadInput(verb, f"{verb!r} is no command{question}", example=f"{near[0]} {rest}" if near else "help")


def _example(candidate: str) -> str:
    """Take an example only where it can be read, and copied out of Slack and read."""
    for example in (candidate.strip(), candidate.partition(" ")[0].strip(), _FALLBACK):
        try:
            _read(example)
            _read(plain(example))
        except BadInput:
            continue
        return f"{COMMAND} {example}"
    return f"{COMMAND} help"
