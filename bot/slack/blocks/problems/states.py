"""What came too late: somebody else was first, or the mapping has changed."""

from typing import Final

from bot.slack.blocks import ends, phrases, who
from bot.slack.blocks.brakes import frozen
from bot.slack.blocks.copies import copy
from bot.slack.blocks.mrkdwn import moment, person, prose, shorten
from bot.slack.blocks.problems.frame import Told, tell
from bot.slack.parsing.commands import Close, ListThem, Thaw
from core.domain.errors import AlreadyDelivered, LostLease, LostRace, NoSuchMapping
from core.domain.freezing import Frozen
from core.domain.mapping import Mapping, Reference, Stale, WrongState
from core.domain.port_pool import NoFreePort
from core.domain.quotas import QuotaReached
from core.domain.states import Event, State
from core.domain.ttl import format_ttl

_LIST: Final = copy(ListThem())
_THAW: Final = copy(Thaw())
_ALL: Final = copy(ListThem(everything=True))
_MOST: Final = 8


@tell.register
def _(error: WrongState, typed: str | None) -> Told:
    del typed
    mapping, event = error.mapping, error.event
    name = phrases.target(mapping)
    if mapping.state is State.REQUESTED:
        return Told(f"{name} is not open yet: it needs approval first.")
    if mapping.state is State.APPROVED and event is Event.EXTEND:
        return Told(f"{name} is not open yet; its time has not begun.")
    if mapping.state is State.APPROVED or (event in {Event.APPROVE, Event.DENY} and mapping.state is State.OPEN):
        return Told(f"{name} is approved already{_approvers(mapping)}.")
    if mapping.state is State.OPEN:
        return Told(_open(mapping, event))
    end = mapping.ending
    return Told(f"{name} is over already: {ends.ending(mapping)}, {phrases.when(mapping, end.at if end else None)}.")


def _approvers(mapping: Mapping) -> str:
    if not mapping.votes:
        return ", for no approval was needed" if mapping.approved_at else ""
    return f": by {who.people(vote.person for vote in mapping.votes)}, {phrases.when(mapping, mapping.votes[-1].at)}"


def _open(mapping: Mapping, event: Event) -> str:
    name = phrases.target(mapping)
    if event in {Event.APPROVE_EXTENSION, Event.DENY_EXTENSION}:
        return f"More time for {name} is decided already: it ends {phrases.until(mapping)}."
    if event is Event.EXTEND:
        return f"The time of {name} ran out {phrases.until(mapping)}; it is being closed."
    return f"{name} is open already, until {phrases.until(mapping)}."


@tell.register
def _(error: Stale, typed: str | None) -> Told:
    del typed
    mapping = error.mapping
    return Told(
        f"{phrases.target(mapping)} has changed since this button was drawn, so nothing was done.",
        [_now(mapping), "Use the buttons on the card."],
    )


def _now(mapping: Mapping) -> str:
    """Say what holds now."""
    if mapping.extension is not None:
        asked = mapping.extension
        return f"{person(asked.asker)} asks for {format_ttl(asked.by)} more; it ends {phrases.until(mapping)} as it is."
    if mapping.state is State.REQUESTED and mapping.amendment is not None:
        terms = f"for {format_ttl(mapping.ttl)}; callers: {phrases.callers(mapping.sources)}"
        return f"By now {phrases.target(mapping)} is asked for, {terms}. {phrases.amended(mapping)}."
    if mapping.state is State.OPEN:
        return f"By now it ends {phrases.when(mapping, mapping.expires_at)}."
    return f"By now it is {mapping.state}."


@tell.register
def _(error: NoFreePort, typed: str | None) -> Told:
    del typed
    free = f"The next one frees {moment(error.next_free)}." if error.next_free else "When one frees is not known."
    return Told(
        f"Every port of {error.ports} is in use or resting, so nothing was opened.",
        [free, f"Close what is no longer needed ({_LIST}), or ask an operator for a wider range."],
    )


@tell.register
def _(error: QuotaReached, typed: str | None) -> Told:
    del typed
    what = f"{phrases.capital(phrases.count(error.most, 'mapping'))} at once is the most {prose(error.where, 100)}"
    if not error.own:
        ends = f"Somebody has to close one of those there first, or it has to end: {_ALL}"
        return Told(f"{what}, and there are as many.", [ends])
    listed = [f"{copy(Close(Reference(mapping_id=m.id)))} ends {phrases.target(m)}" for m in error.own[:_MOST]]
    return Told(f"{what}, and there are as many.", ["Close one of yours first:"], listed)


@tell.register
def _(error: Frozen, typed: str | None) -> Told:
    del typed
    return Told(frozen(error.freeze), [f"Nothing is opened, approved or extended until an operator types {_THAW}."])


@tell.register
def _(error: NoSuchMapping, typed: str | None) -> Told:
    del typed
    return Told(f"Nothing is known by {shorten(error.reference, 100)}, or it is over.", [f"See what there is: {_LIST}"])


@tell.register
def _(error: LostRace, typed: str | None) -> Told:
    del error, typed
    return Told("Somebody else changed the same thing at the same moment, so nothing was done.", ["Try it again."])


@tell.register
def _(error: LostLease, typed: str | None) -> Told:
    del error, typed
    return Told("Another process took over at that moment, so nothing was done.", ["Try it again."])


@tell.register
def _(error: AlreadyDelivered, typed: str | None) -> Told:
    del error, typed
    return Told("Slack delivered this twice; it was done the first time.", [f"See what there is: {_LIST}"])
