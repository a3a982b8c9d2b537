"""``/proxy help``: the commands, with examples from the policy in force."""

from bot.slack.blocks.message import Message
from bot.slack.blocks.parts import compose, say
from core.domain.people import Person
from core.services.queries import Help


def help_text(help: Help, person: Person) -> Message:  # noqa: A002 - that is what it is
    """Show what this person can type, and what comes of it."""
    return compose(say(f"{help} {person}"))
