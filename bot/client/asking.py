"""``open NS/POD[:PORT] [TTL] ...``: what can be typed after ``/proxy pod`` can be typed here, or given by flags."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from shlex import join
from typing import Final

from bot.slack.parsing.asking import LONGEST_REASON, read_ask
from core.domain.errors import BadInput
from core.domain.request import Ask
from core.domain.sources import Sources

_OPEN: Final = "pod-proxier open"


def read_request(words: Sequence[str], sources: str | None, reason: str | None) -> Ask:
    """Read what is asked for.

    Args:
        words: as they were typed; ``pod`` may come first.
        sources: of ``--from``.
        reason: of ``--reason``.

    Raises:
        BadInput: ``hint`` is the whole command with its mistake mended, as far as that can be guessed.
    """
    single = " ".join(words).split()
    with _for_a_shell():
        ask = read_ask(single[1:] if single[:1] == ["pod"] else single)
    return _with_reason(_with_sources(ask, sources), reason)


@contextmanager
def _for_a_shell() -> Iterator[None]:
    """Make of an example for Slack one for a shell."""
    try:
        yield
    except BadInput as error:
        error.hint = f"{_OPEN} {join(error.hint.removeprefix('pod ').split())}"
        raise


def _with_sources(ask: Ask, text: str | None) -> Ask:
    if text is None:
        return ask
    if ask.sources is not None:
        raise BadInput(text, "there are two lists of sources", example=f"{_OPEN} {ask.target} --from {ask.sources}")
    try:
        return replace(ask, sources=Sources.parse(text))
    except BadInput as error:
        error.hint = f"--from {error.hint}"
        raise


def _with_reason(ask: Ask, text: str | None) -> Ask:
    if text is None:
        return ask
    reason = " ".join(text.split())
    if ask.reason:
        example = f"{_OPEN} {ask.target} --reason {join([reason])}"
        raise BadInput(ask.reason, f"there are two reasons, or {ask.reason!r} is something else", example=example)
    if len(reason) > LONGEST_REASON:
        what = f"the reason has {len(reason)} characters; {LONGEST_REASON} at most"
        raise BadInput(reason, what, example=f"--reason {join([reason[:60]])}")
    return replace(ask, reason=reason)
