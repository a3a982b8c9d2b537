"""Replies in the card's thread, which is the log: one for each notice, with the facts of its moment.

A new message pings whomever it mentions. So these mention the requester where something is theirs to do, and somebody
who acted only where the card does not go on naming them.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, TypeAlias

from bot.slack.blocks import copies, mrkdwn, phrases, presses, who
from bot.slack.blocks.ends import ended, failed
from bot.slack.blocks.message import Message
from bot.slack.blocks.parts import Buttons, compose, say
from bot.slack.blocks.scene import Scene
from core.domain.notices import Facts, Topic
from core.domain.people import Client
from core.domain.route import Probe
from core.domain.ttl import format_ttl

Writer: TypeAlias = Callable[[Scene, Facts], list[str]]


def entry(scene: Scene, topic: Topic, facts: Facts) -> Message:
    """Write one entry; there is one for every topic but the card itself."""
    return compose(say(*lines(scene, topic, facts)), Buttons(presses.extend(scene) if topic is Topic.WARNING else ()))


def lines(scene: Scene, topic: Topic, facts: Facts) -> list[str]:
    """Write what an entry says, line by line.

    Raises:
        KeyError: the card is no entry.
    """
    return _WRITERS[topic](scene, facts)


def at(scene: Scene, facts: Facts, name: str = "until") -> str:
    """Write the moment that the facts keep as Unix seconds."""
    stamp = facts.get(name)
    kept = datetime.fromtimestamp(int(stamp), UTC) if stamp is not None else None
    return phrases.when(scene.mapping, kept)


# -- before it opens --------------------------------------------------------------------------------------------------


def _approved(scene: Scene, facts: Facts) -> list[str]:
    voters = [vote.person for vote in scene.mapping.votes]
    voter = who.by(facts)
    number = voters.index(voter) + 1 if voter in voters else len(voters)
    lost = ["An earlier one counts no longer; the card says whose."] if scene.mapping.void_votes else []
    return [f"Approval {number} of {scene.rule.approvals} is there.", *lost]


def _amended(_: Scene, facts: Facts) -> list[str]:
    return [
        f"An approver changed what is asked for: {phrases.changes(facts)}.",
        "It has to be approved as it is now; approvals from before count no longer.",
    ]


def _granted(_: Scene, __: Facts) -> list[str]:
    return ["It is approved; the port is being opened."]


def _denied(_: Scene, __: Facts) -> list[str]:
    return ["Denied. Nothing was opened."]


def _withdrawn(scene: Scene, facts: Facts) -> list[str]:
    own = who.by(facts) == scene.mapping.requester
    return [f"Withdrawn by {'its requester' if own else 'an operator'}. Nothing was opened."]


def _reminder(scene: Scene, _: Facts) -> list[str]:
    mapping = scene.mapping
    called = mrkdwn.mention(scene.rule.mention or "")
    waits = f"{phrases.target(mapping)} still waits: it needs {who.missing(scene)}"
    return [
        f"{called}: {waits}." if called else f"{waits}.",
        f"It lapses {phrases.when(mapping, mapping.pending_until)}. Decide on the card.",
    ]


def _lapsed(scene: Scene, _: Facts) -> list[str]:
    mapping = scene.mapping
    waited = format_ttl(mapping.pending_until - mapping.requested_at)
    told = f"Lapsed: nobody decided within {waited}."
    if isinstance(mapping.requester, Client):
        return [told]
    return [f"{told} Ask again:", copies.again(mapping, scene.rule)]


def _refused(_: Scene, facts: Facts) -> list[str]:
    return [f"The pod {mrkdwn.prose(str(facts.get('why') or 'is gone'), 200)}, so there is nothing left to approve."]


def _stalled(scene: Scene, facts: Facts) -> list[str]:
    probe = facts.get("probe")
    why = phrases.stalled(Probe(str(probe)) if probe else None, str(facts.get("endpoint") or ""))
    given_up = phrases.when(scene.mapping, scene.mapping.open_by)
    asker = mrkdwn.person(scene.mapping.requester)
    return [
        phrases.full(f"{asker}, not open yet: {why}"),
        f"Mend it and use Retry on the card; it is given up {given_up}.",
    ]


# -- while it is open -------------------------------------------------------------------------------------------------


def _opened(scene: Scene, facts: Facts) -> list[str]:
    tried = "" if scene.mapping.probe else ", not tried"
    return [f"Open{tried}: {mrkdwn.code(scene.address)} until {at(scene, facts)}."]


def _moved(_: Scene, facts: Facts) -> list[str]:
    before, now = (mrkdwn.code(str(facts.get(name) or "")) for name in ("from", "to"))
    return [f"The pod has another address: {now} instead of {before}. It is followed; connections to the old one end."]


def _warning(scene: Scene, facts: Facts) -> list[str]:
    more = "" if presses.extend(scene) else " There is no more time to be had here."
    asker = mrkdwn.person(scene.mapping.requester)
    return [f"{asker}: {phrases.target(scene.mapping)} closes {at(scene, facts)}, live connections included.{more}"]


def _extension_asked(scene: Scene, facts: Facts) -> list[str]:
    return [f"{_more(facts)} more is asked for. It needs {who.missing_for_more_time(scene)}, on the card."]


def _extension_approved(_: Scene, facts: Facts) -> list[str]:
    return [f"{_who(facts)} agreed to {_more(facts)} more."]


def _extension_denied(scene: Scene, facts: Facts) -> list[str]:
    end = phrases.until(scene.mapping)
    return [f"{_who(facts)} said no to {_more(facts)} more; it goes on until {end}."]


def _extended(scene: Scene, facts: Facts) -> list[str]:
    more = mrkdwn.escape(str(facts.get("by") or "0s"))
    return [f"{'Another end' if more == '0s' else f'{more} more'}: open until {at(scene, facts)}."]


def _interrupted(_: Scene, __: Facts) -> list[str]:
    return ["Connections were cut: the gateway restarted, or the old end came before the new one. Connect anew."]


def _replaced(_: Scene, facts: Facts) -> list[str]:
    target = mrkdwn.code(str(facts.get("target") or "another pod"), 350)
    return [f"{_who(facts)} led the port to {target}."]


def _revoked(_: Scene, facts: Facts) -> list[str]:
    why = mrkdwn.prose(str(facts.get("why") or ""), phrases.REASON)
    return [phrases.full(f"revoked by an operator{f': {why}' if why else ''}"), "Nothing was opened."]


def _forbidden(_: Scene, facts: Facts) -> list[str]:
    operators = [mrkdwn.mention(who) for who in str(facts.get("operators") or "").split()]
    called = f"{phrases.listed(operators)}: " if operators else ""
    why = mrkdwn.prose(str(facts.get("why") or ""), phrases.REASON)
    return [f"{called}the policy has changed, and does not permit this any more: {why}.", "It stays open to its end."]


def _callers_refused(scene: Scene, facts: Facts) -> list[str]:
    refused = [f"{address} ({phrases.count(int(number or 1), 'time')})" for address, number in facts.items()]
    told = f"Refused: {phrases.some(refused, 10)}. Callers: {phrases.callers(scene.mapping.sources)}."
    wider = copies.wider(scene, facts)
    return [told, f"To let them in, ask for more callers: {wider}"] if wider else [told]


def _who(facts: Facts) -> str:
    actor = who.by(facts)
    return mrkdwn.actor(actor) if actor else "Somebody"


def _more(facts: Facts) -> str:
    return mrkdwn.escape(str(facts.get("more") or "some time"))


_WRITERS: Final[Mapping[Topic, Writer]] = {
    Topic.APPROVED: _approved,
    Topic.AMENDED: _amended,
    Topic.GRANTED: _granted,
    Topic.DENIED: _denied,
    Topic.WITHDRAWN: _withdrawn,
    Topic.REMINDER: _reminder,
    Topic.LAPSED: _lapsed,
    Topic.REFUSED: _refused,
    Topic.STALLED: _stalled,
    Topic.OPENED: _opened,
    Topic.MOVED: _moved,
    Topic.WARNING: _warning,
    Topic.EXTENSION_ASKED: _extension_asked,
    Topic.EXTENSION_APPROVED: _extension_approved,
    Topic.EXTENSION_DENIED: _extension_denied,
    Topic.EXTENDED: _extended,
    Topic.INTERRUPTED: _interrupted,
    Topic.CALLERS_REFUSED: _callers_refused,
    Topic.ENDED: ended,
    Topic.FAILED: failed,
    Topic.REPLACED: _replaced,
    Topic.REVOKED: _revoked,
    Topic.FORBIDDEN: _forbidden,
}
