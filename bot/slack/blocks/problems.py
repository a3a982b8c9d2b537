"""Every error that a person can meet: what was typed, what is wrong, and what would work."""

from bot.slack.blocks.message import Message
from bot.slack.blocks.parts import compose, say
from core.domain.errors import PodProxierError


def problem(error: PodProxierError, typed: str | None = None) -> Message:
    """Tell somebody why what they wanted was not done.

    Args:
        error: of any class; what is not known by its own is told by its own words.
        typed: the command without ``/proxy``, which corrected ones are made from; ``None`` where it was a click.
    """
    return compose(say(f"{error} {typed}"))


def defect(reference: str) -> Message:
    """Tell of a bug of ours; the log has more under the reference."""
    return compose(say(reference))
