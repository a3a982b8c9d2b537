"""What all errors have in common when they are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Final

from bot.slack.blocks.message import Message
from bot.slack.blocks.mrkdwn import code, prose
from bot.slack.blocks.parts import compose, note, say
from bot.slack.blocks.phrases import full
from bot.slack.parsing import parse
from bot.slack.parsing.commands import Request
from bot.slack.parsing.spelling import plain
from bot.slack.settings import COMMAND
from core.domain.errors import BadInput, PodProxierError
from core.domain.request import Ask

SAYING: Final = 600
"""Characters of an error's own words, at most."""


@dataclass(frozen=True, slots=True)
class Told:
    """An error in words.

    Attributes:
        what: what is wrong, as mrkdwn.
        then: what would work, who could, what has changed; mrkdwn.
        copies: commands to copy, as mrkdwn.
    """

    what: str
    then: Sequence[str] = ()
    copies: Sequence[str] = ()


def problem(error: PodProxierError, typed: str | None = None) -> Message:
    """Tell somebody why what they wanted was not done.

    Args:
        error: of any class; what is not known by its own is told by its own words.
        typed: the command without ``/proxy``, which corrected ones are made from; ``None`` where it was a click.
    """
    told = tell(error, typed)
    echo = f"You typed: {code(f'{COMMAND} {plain(typed)}')}" if typed and typed.strip() else ""
    return compose(say(told.what, *told.then), note(echo), say(*told.copies))


def defect(reference: str) -> Message:
    """Tell of a bug of ours; the log has more under the reference."""
    what = "Something went wrong in Pod-Proxier itself, and it is not known what was done."
    then = f"Look at `{COMMAND} list`. Whoever runs it finds more in the log under {code(reference, 100)}."
    return compose(say(what, then))


@singledispatch
def tell(error: PodProxierError, typed: str | None) -> Told:
    """Put an error into words; each class of errors registers its own."""
    del typed
    return Told(full(prose(str(error), SAYING)), [f"What would work: {prose(error.hint, 300)}"] if error.hint else [])


def ask_in(typed: str | None) -> Ask | None:
    """Read the request that was typed once more; ``None`` where it was none."""
    try:
        command = parse(typed or "")
    except BadInput:
        return None
    return command.ask if isinstance(command, Request) else None
