"""Answers to those who stop everything, or let it go on; and how everybody is told that it is frozen."""

from collections.abc import Sequence

from bot.slack.blocks import copies, mrkdwn, phrases
from bot.slack.blocks.message import Message
from bot.slack.blocks.parts import compose, note, say
from bot.slack.parsing.commands import Thaw
from core.domain.freezing import Freeze
from core.domain.mapping import Mapping
from core.services.brakes import Stopped

_MOST = 20


def frozen(freeze: Freeze) -> str:
    """Say that everything is frozen, by whom, since when and why."""
    why = f": {mrkdwn.prose(freeze.reason, phrases.REASON)}" if freeze.reason else ""
    return phrases.full(f"everything is frozen by {mrkdwn.actor(freeze.by)} since {mrkdwn.moment(freeze.at)}{why}")


def stopped(done: Stopped) -> Message:
    """Answer a freeze."""
    told = f"It was frozen before. {frozen(done.freeze)}" if done.known else frozen(done.freeze)
    goes_on = f"Nothing is opened, approved or extended, and Services' ports are shut, until: {copies.copy(Thaw())}"
    return compose(say(told, goes_on), say(*_listed(done.revoked)))


def thawed(freeze: Freeze | None) -> Message:
    """Answer a thaw."""
    if freeze is None:
        return compose(say("Nothing was frozen."))
    told = f"Thawed. {mrkdwn.actor(freeze.by)} had frozen everything {mrkdwn.moment(freeze.at)}."
    return compose(say(told, "What was revoked stays closed; people can ask anew. Services' ports open again."))


def revoked(mappings: Sequence[Mapping], namespace: str | None) -> Message:
    """Answer what was revoked, in one namespace or everywhere."""
    where = f"in {mrkdwn.code(namespace, 100)}" if namespace else "anywhere"
    if not mappings:
        return compose(say(f"Nothing is open {where}, and nothing waits."))
    return compose(say(*_listed(mappings)), note("New requests are taken as before; `/proxy freeze` stops those too."))


def _listed(mappings: Sequence[Mapping]) -> list[str]:
    if not mappings:
        return ["Nothing was open, and nothing waited."]
    cut = [mapping for mapping in mappings if mapping.port is not None]
    waiting = len(mappings) - len(cut)
    counted = [
        f"{phrases.count(len(cut), 'mapping')} cut" if cut else "",
        f"{phrases.count(waiting, 'request')} refused" if waiting else "",
    ]
    lines = [f"• {_one(mapping)}" for mapping in mappings[:_MOST]]
    more = [f"and {len(mappings) - _MOST} more"] if len(mappings) > _MOST else []
    return [f"{', '.join(part for part in counted if part)}:", *lines, *more]


def _one(mapping: Mapping) -> str:
    port = f", port {mapping.port}" if mapping.port is not None else ""
    return f"{phrases.target(mapping)} for {mrkdwn.person(mapping.requester)}{port}"
