"""What is told of no single mapping. Pure: the facts that were written down in, a message out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.slack.blocks.message import Message
from bot.slack.blocks.mrkdwn import actor, code, moment
from bot.slack.blocks.parts import Words, compose
from bot.slack.blocks.phrases import count
from core.domain.digest import Digest, Held, from_facts
from core.domain.notices import Facts
from core.domain.people import parse_actor
from core.domain.ttl import format_ttl

_TARGETS: Final = 3


def head(facts: Facts) -> Message:
    """Tell the last entry of the record: with this hash, all that came before it can be checked."""
    at, check = datetime.fromtimestamp(int(facts["at"] or 0), UTC), f"pod-proxier audit verify --head {facts['hash']}"
    return compose(
        Words([f"*The record* ends with entry {facts['id']}, {moment(at)}:", code(str(facts["hash"]))]),
        Words([f"To check it: {code(check)}"], small=True),
    )


def digest(facts: Facts) -> Message:
    """Tell of a week."""
    week = from_facts(facts)
    parts = [Words([f"*The week from {week.first_day:%Y-%m-%d}*", _numbers(week)])]
    if week.held:
        parts.append(Words(["*Who had what*", *map(_held, week.held), *_others(week)]))
        parts.append(Words(["*Open longest*", *_longest(week)]))
    return compose(*parts)


def _numbers(week: Digest) -> str:
    numbers = [
        f"{count(week.asked, 'request')}, {week.opened} opened",
        f"{week.denied} denied" if week.denied else "",
        f"{week.refused} refused by the rules" if week.refused else "",
        f"{week.urgent} by break-glass" if week.urgent else "",
        f"{week.never_used} never used" if week.never_used else "",
    ]
    return ", ".join(filter(None, numbers)) + "."


def _held(held: Held) -> str:
    targets = [code(target, 100) for target in held.targets[:_TARGETS]]
    more = len(held.targets) - _TARGETS
    shown = ", ".join(targets) + (f" and {more} more" if more > 0 else "")
    return f"• {_who(held.who)}: {_time(held.seconds)} in {count(held.mappings, 'mapping')}, to {shown}"


def _others(week: Digest) -> Iterator[str]:
    if week.others:
        yield f"• and {week.others} more"


def _longest(week: Digest) -> Iterator[str]:
    for who, target, seconds in week.longest:
        yield f"• {_time(seconds)}: {_who(who)}, {code(target, 100)}"


def _who(text: str) -> str:
    return actor(parse_actor(text))


def _time(seconds: int) -> str:
    minutes = max(1, round(seconds / 60))
    return format_ttl(timedelta(minutes=minutes))
