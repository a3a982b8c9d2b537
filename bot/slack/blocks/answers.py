"""Answers to commands and clicks, seen by one person alone: what was done, and what comes next."""

from bot.slack.blocks import copies, mrkdwn, phrases, presses, who
from bot.slack.blocks.card import card
from bot.slack.blocks.help import help_text
from bot.slack.blocks.listing import listing
from bot.slack.blocks.message import Message
from bot.slack.blocks.parts import Buttons, compose, note, say
from bot.slack.blocks.scene import Scene
from bot.slack.parsing.commands import Close
from core.domain.mapping import Cause, Mapping, Reference
from core.domain.people import Client
from core.domain.states import State
from core.domain.ttl import format_ttl

__all__ = [
    "amended",
    "approved",
    "closing",
    "denied",
    "extending",
    "extension_approved",
    "extension_denied",
    "help_text",
    "listing",
    "requested",
    "retrying",
]


def requested(scene: Scene, known: bool) -> Message:  # noqa: FBT001 - ``Requested.known``, handed on
    """Answer a request; ``known`` brings back the mapping that was there already, with its buttons."""
    mapping = scene.mapping
    if mapping.state is not State.REQUESTED:
        return _again(scene) if known else compose(say(f"{phrases.target(mapping)}: opening; the card shows the port."))
    begun = "You have asked for" if known else "Asked for"
    return compose(
        say(
            f"{begun} {phrases.target(mapping)}{' already' if known else ''}: it needs {who.missing(scene)}.",
            *who.unreachable(scene),
            f"It lapses {phrases.when(mapping, mapping.pending_until)}. To take it back: {_take_back(mapping)}",
        )
    )


def _again(scene: Scene) -> Message:
    mapping = scene.mapping
    if mapping.state is not State.OPEN:
        return card(scene)
    return compose(
        say(
            f"{phrases.target(mapping)} is open for you already",
            mrkdwn.code(scene.address),
            f"Until: {phrases.until(mapping)}",
            f"Callers: {phrases.callers(mapping.sources)}",
        ),
        Buttons([*presses.extend(scene), presses.close(scene)]),
    )


def _take_back(mapping: Mapping) -> str:
    return copies.copy(Close(Reference(mapping_id=mapping.id)))


def approved(scene: Scene) -> Message:
    """Answer an approval."""
    if scene.mapping.state is State.REQUESTED:
        counts = f"Your approval of {phrases.target(scene.mapping)} counts: {who.missing(scene)} to go."
        return compose(say(counts, who.no_longer(scene)))
    return compose(say(f"{phrases.target(scene.mapping)} is approved. The card shows the port when it is open."))


def amended(scene: Scene) -> Message:
    """Answer a change of what was asked for."""
    mapping = scene.mapping
    now = f"{phrases.target(mapping)}, for {format_ttl(mapping.ttl)}; callers: {phrases.callers(mapping.sources)}"
    return compose(say(f"It is changed to {now}.", f"Approve it on the card, as it is now. {_hears(scene)}"))


def denied(scene: Scene) -> Message:
    """Answer a denial."""
    return compose(say(f"{phrases.target(scene.mapping)} is denied. {_hears(scene)}"))


def closing(scene: Scene) -> Message:
    """Answer a Close: of a mapping, or of a request, which it takes back or denies."""
    mapping = scene.mapping
    cause = mapping.ending.cause if mapping.ending else Cause.CLOSED
    if cause is Cause.DENIED:
        return denied(scene)
    if cause is Cause.WITHDRAWN:
        return compose(say(f"The request for {phrases.target(mapping)} is withdrawn."))
    done = "is closed" if mapping.state is State.CLOSED else "is closing; connections are being cut"
    report = " The report follows in the card's thread." if mapping.shown else ""
    return compose(say(f"{phrases.target(mapping)} {done}.{report}"))


def extending(scene: Scene, before: Mapping) -> Message:
    """Answer an Extend; ``before`` is the mapping as it was until then."""
    mapping = scene.mapping
    if mapping.extension is not None:
        more = format_ttl(mapping.extension.by)
        asked = f"Asked for {more} more for {phrases.target(mapping)}: it needs {who.missing_for_more_time(scene)}."
        return compose(say(asked), note(f"Until then it ends {phrases.until(mapping)}"))
    if mapping.expires_at is None or before.expires_at is None:
        return _moving(scene, "More time")
    return _moving(scene, f"{format_ttl(mapping.expires_at - before.expires_at)} more")


def _moving(scene: Scene, more: str) -> Message:
    mapping = scene.mapping
    end = phrases.when(mapping, mapping.expires_at)
    told = f"{more} for {phrases.target(mapping)}: it ends {end}."
    return compose(say(f"{told} The card says so once the gateway holds it." if mapping.shown else told))


def retrying(scene: Scene) -> Message:
    """Answer a Retry."""
    return compose(say(f"Trying {phrases.target(scene.mapping)} again. The card shows what comes of it."))


def extension_approved(scene: Scene) -> Message:
    """Answer an agreement to more time."""
    if scene.mapping.extension is not None:
        to_go = who.missing_for_more_time(scene)
        return compose(say(f"Your approval of more time for {phrases.target(scene.mapping)} counts: {to_go} to go."))
    return _moving(scene, "More time")


def extension_denied(scene: Scene) -> Message:
    """Answer a no to more time."""
    end = phrases.until(scene.mapping)
    return compose(say(f"No more time for {phrases.target(scene.mapping)}: it ends {end}. {_hears(scene)}"))


def _hears(scene: Scene) -> str:
    requester = scene.mapping.requester
    hears = "is told when it asks" if isinstance(requester, Client) else "hears of it"
    return f"{mrkdwn.person(requester)} {hears}."
