"""``REF``: what a person names a mapping by, on a command line."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from bot.slack.parsing.commands import Extend
from bot.slack.parsing.readers import READERS, read_reference
from core.domain.errors import BadInput
from core.domain.mapping import Reference


def read_ref(word: str, verb: str) -> Reference:
    """Read ``m42``, a port or ``HOST:PORT``.

    Raises:
        BadInput: none of these; the hint is a command for this verb.
    """
    return read_reference(word, f"pod-proxier {verb} {{}}")


def read_extension(words: Sequence[str]) -> Extend:
    """Read ``REF TIME``.

    Raises:
        BadInput: one of them cannot be read.
    """
    with _for_a_shell():
        command = READERS["extend"](words)
    assert isinstance(command, Extend)  # noqa: S101 - the reader of that name reads nothing else
    return command


@contextmanager
def _for_a_shell() -> Iterator[None]:
    try:
        yield
    except BadInput as error:
        error.hint = f"pod-proxier {error.hint}"
        raise
