"""The card: a mapping's present state, wherever it is shown."""

from collections.abc import Callable
from collections.abc import Mapping as Dict
from typing import Final

from bot.slack.blocks import ends, mrkdwn, phrases, presses, who
from bot.slack.blocks.message import Message
from bot.slack.blocks.parts import Buttons, Words, compose, note, say
from bot.slack.blocks.scene import Scene
from core.domain.mapping import Cause, Mapping, show_id
from core.domain.states import State
from core.domain.ttl import format_ttl


def card(scene: Scene, *, copy: bool = False, mention: str = "", pressed: presses.Choice = presses.on_card) -> Message:
    """Draw the card.

    Args:
        scene: what to draw.
        copy: the one in the approvers' channel, which says where it was asked.
        mention: whom the rule wants to be told, as the rule has it (``Rule.mention``); for the first post of all only.
        pressed: chooses the buttons, where not everybody sees it.
    """
    title, *facts = _STATES[scene.mapping.state](scene)
    called = f"{mrkdwn.mention(mention)}: please decide" if mrkdwn.mention(mention) else ""
    row = Buttons(pressed(scene))
    why = phrases.why(scene.mapping), phrases.ticket(scene.mapping, scene.rule)
    small = note(_small_print(scene, copy=copy))
    return compose(_banner(scene), say(title, *facts, *why, called), _stakes(scene), row, small)


def _banner(scene: Scene) -> Words:
    said = "*Sensitive: look twice*" if _undecided(scene) else "*Sensitive*"
    return say(said if scene.rule.sensitive and scene.mapping.live else "")


def _stakes(scene: Scene) -> Words:
    """What an approval would open, once more, right before it is given."""
    at_stake = scene.rule.sensitive and _undecided(scene)
    return say(f"*At stake:* {phrases.stakes(scene.mapping)}" if at_stake else "")


def _undecided(scene: Scene) -> bool:
    mapping = scene.mapping
    return mapping.state is State.REQUESTED or (mapping.live and mapping.extension is not None)


def _small_print(scene: Scene, *, copy: bool) -> str:
    asked_in = f"asked {mrkdwn.place(scene.mapping.place)}" if copy else ""
    return " · ".join(part for part in (show_id(scene.mapping.id), who.approval(scene), asked_in) if part)


# -- each state: a title, then facts, each a line; empty ones are left out --------------------------------------------


def _requested(scene: Scene) -> list[str]:
    mapping = scene.mapping
    return [
        f"{mrkdwn.person(mapping.requester)} asks for {phrases.target(mapping)}",
        f"For: {format_ttl(mapping.ttl)}, from when it opens",
        _callers(scene),
        phrases.amended(mapping),
        f"Needs {who.missing(scene)}; lapses {phrases.when(mapping, mapping.pending_until)}",
        who.no_longer(scene),
        *who.unreachable(scene),
    ]


def _approved(scene: Scene) -> list[str]:
    mapping = scene.mapping
    facts = [f"For: {format_ttl(mapping.ttl)}, from when it opens", _callers(scene), phrases.amended(mapping)]
    if mapping.trouble is None:
        return [f"{_for(scene)}: approved, opening…", *facts]
    tried = mapping.trouble.probe is not None
    given_up = f"It is given up {phrases.when(mapping, mapping.open_by)}"
    return [
        f"{_for(scene)}: approved, not open yet" if tried else f"{_for(scene)}: approved, opening…",
        phrases.capital(phrases.stalled(mapping.trouble.probe, str(mapping.endpoint))),
        *facts,
        f"{given_up} unless a Retry succeeds" if tried else given_up,
    ]


def _open(scene: Scene) -> list[str]:
    mapping = scene.mapping
    return [
        f"{phrases.target(mapping)} is open for {mrkdwn.person(mapping.requester)}",
        mrkdwn.code(scene.address),
        f"Until: {phrases.until(mapping)}",
        _callers(scene),
        phrases.amended(mapping),
        "" if mapping.probe else "Open, not tried: the first connection will show whether the program answers",
        _forbidden(scene.mapping),
        _more_time(scene),
    ]


def _forbidden(mapping: Mapping) -> str:
    why = mrkdwn.prose(mapping.forbidden, phrases.REASON)
    return f"The policy does not permit it any more: {why}" if why else ""


def _more_time(scene: Scene) -> str:
    asked = scene.mapping.extension
    if asked is None:
        full = scene.rule.extend_by and not presses.extend(scene)
        return f"No more time: {format_ttl(scene.rule.max_lifetime)} in all is the most here" if full else ""
    agreed = f"agreed: {who.people(vote.person for vote in asked.votes)}; " if asked.votes else ""
    more = f"{mrkdwn.person(asked.asker)} asks for {format_ttl(asked.by)} more"
    return f"{more}; {agreed}needs {who.missing_for_more_time(scene)}"


def _closing(scene: Scene) -> list[str]:
    mapping = scene.mapping
    title = "is closing" if mapping.opened_at else _never_open(mapping)
    left = "connections are being cut" if mapping.opened_at else "its port is being given back"
    return [
        f"{phrases.target(mapping)} {title}",
        f"For {mrkdwn.person(mapping.requester)}: {ends.ending(mapping)}; {left}",
    ]


def _never_open(mapping: Mapping) -> str:
    return "could not be opened" if ends.failed_to_open(mapping) else "was never open"


def _closed(scene: Scene) -> list[str]:
    mapping = scene.mapping
    return [
        f"{phrases.target(mapping)} is closed",
        ends.closed(mapping),
        f"It was {ends.open_for(mapping)} on port {mapping.port} for {mrkdwn.person(mapping.requester)}",
        f"Went through: {ends.passed(mapping.traffic)}",
    ]


def _failed(scene: Scene) -> list[str]:
    return [f"{phrases.target(scene.mapping)} {_never_open(scene.mapping)}", _over(scene)]


def _denied(scene: Scene) -> list[str]:
    return [f"{phrases.target(scene.mapping)} was denied", _over(scene)]


def _withdrawn(scene: Scene) -> list[str]:
    return [f"{phrases.target(scene.mapping)} was withdrawn", _over(scene)]


def _lapsed(scene: Scene) -> list[str]:
    return [f"{phrases.target(scene.mapping)} has lapsed", _over(scene)]


def _refused(scene: Scene) -> list[str]:
    gone = scene.mapping.ending is None or scene.mapping.ending.cause is Cause.TARGET_GONE
    return [f"{phrases.target(scene.mapping)} {'is not there any more' if gone else 'was refused'}", _over(scene)]


def _over(scene: Scene) -> str:
    mapping = scene.mapping
    end = mapping.ending.at if mapping.ending else None
    asked = f"Asked for by {mrkdwn.person(mapping.requester)}"
    return f"{asked}; {ends.ending(mapping)}, {phrases.when(mapping, end)}"


def _for(scene: Scene) -> str:
    return f"{phrases.target(scene.mapping)} for {mrkdwn.person(scene.mapping.requester)}"


def _callers(scene: Scene) -> str:
    return f"Callers: {phrases.callers(scene.mapping.sources)}"


_STATES: Final[Dict[State, Callable[[Scene], list[str]]]] = {
    State.REQUESTED: _requested,
    State.APPROVED: _approved,
    State.OPEN: _open,
    State.CLOSING: _closing,
    State.CLOSED: _closed,
    State.FAILED: _failed,
    State.DENIED: _denied,
    State.WITHDRAWN: _withdrawn,
    State.LAPSED: _lapsed,
    State.REFUSED: _refused,
}
