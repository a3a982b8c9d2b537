"""``/proxy help``: the commands, with examples from the policy in force."""

from datetime import timedelta
from typing import Final

from bot.slack.blocks import copies
from bot.slack.blocks.message import Message
from bot.slack.blocks.parts import compose, note, say
from bot.slack.blocks.permitted import example, reach
from bot.slack.parsing.commands import Close, Extend, FreezeAll, ListThem, Request, RevokeAll, Thaw
from core.domain.mapping import MappingId, Reference
from core.domain.people import Person
from core.services.queries import Help

_PORT: Final = Reference(port=10_004)
_ID: Final = Reference(mapping_id=MappingId(42))
_OPERATORS: Final = (
    "You are an operator: you can extend and close what others have. "
    f"{copies.copy(RevokeAll('payments'))} revokes what is in a namespace, {copies.copy(RevokeAll())} everything; "
    f"{copies.copy(FreezeAll('why'))} revokes everything and has nothing opened until {copies.copy(Thaw())}."
)


def help_text(help: Help, person: Person) -> Message:  # noqa: A002 - that is what it is
    """Show what this person can type, and what comes of it."""
    granted = reach(help, person)
    steps = granted.sample[1].extend_by if granted.sample else ()
    more = next(iter(steps), timedelta(minutes=30))
    commands = [
        "Reach a pod through a port of your own, for a limited time:",
        copies.copy(Request(example(*granted.sample))) if granted.sample else "",
        "Only the pod is needed. The time counts from when the port opens; `from` says who may connect.",
        f"{copies.copy(ListThem())} shows what you have, {copies.copy(ListThem(everything=True))} what everybody has",
        f"{copies.copy(Extend(_PORT, more))} gives more time",
        f"{copies.copy(Close(_PORT))} ends it now; {copies.copy(Close(_ID))} takes a request back, by its id",
    ]
    role = _OPERATORS if help.operator else ""
    return compose(say(*commands), say(*granted.lines), note(role))
