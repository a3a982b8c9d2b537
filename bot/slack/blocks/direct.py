"""Direct messages: what others decided about somebody's request, and what could not be told where it belongs."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from bot.slack.blocks import copies, ends, entries, mrkdwn, phrases, who
from bot.slack.blocks.message import Message
from bot.slack.blocks.parts import compose, note, say
from bot.slack.blocks.scene import Scene
from bot.slack.parsing.commands import Close
from core.domain.mapping import NOWHERE, Reference
from core.domain.notices import Facts, Topic
from core.domain.ttl import format_ttl

Writer: TypeAlias = Callable[[Scene, Facts], list[str]]


def direct(scene: Scene, topic: Topic, facts: Facts) -> Message:
    """Tell the requester; what has no words of its own here is told as in the thread."""
    writer = _WRITERS.get(topic)
    words = writer(scene, facts) if writer else [phrases.target(scene.mapping), *entries.lines(scene, topic, facts)]
    return compose(say(*words), note(_where(scene)))


def invite(scene: Scene, channel_id: str) -> Message:
    """Say what is missing before somebody can decide: the bot has to be invited, or it has to be asked elsewhere."""
    mapping = scene.mapping
    waits = f"Your request for {phrases.target(mapping)} waits, and nobody can see it"
    if mapping.place.direct and mapping.approvers_channel is None:
        return compose(
            say(
                f"{waits}: you asked {mrkdwn.place(mapping.place)}, and the rule names no channel to decide in.",
                f"Ask in a channel that I am in: {copies.again(mapping, scene.rule)}",
                f"This one lapses {_lapses(scene)}.",
            )
        )
    where = f"<#{mrkdwn.escape(channel_id)}>"
    return compose(
        say(
            f"{waits}: I am not in {where}.",
            f"Type `/invite @Pod-Proxier` there, and the card follows. It lapses {_lapses(scene)}.",
        )
    )


def undelivered(scene: Scene, topic: Topic, code: str) -> Message:
    """Say what could not be posted, and Slack's word for why."""
    about = f"A message about {phrases.target(scene.mapping)} could not be posted; Slack says {mrkdwn.code(code, 100)}."
    return compose(say(about, "What it was to say: " + _TOPICS[topic]), note("Nothing else is affected by that."))


def _where(scene: Scene) -> str:
    place = scene.mapping.place
    if place == NOWHERE or not place.direct:
        return f"Asked {mrkdwn.place(place)}"
    return ""


def _lapses(scene: Scene) -> str:
    return phrases.when(scene.mapping, scene.mapping.pending_until)


# -- what others decided ----------------------------------------------------------------------------------------------


def _granted(scene: Scene, facts: Facts) -> list[str]:
    return [f"{_by(facts)} approved {phrases.target(scene.mapping)}. The port is being opened."]


def _opened(scene: Scene, _: Facts) -> list[str]:
    mapping = scene.mapping
    approval = who.approval(scene)
    return [
        f"{phrases.target(mapping)} is open for you{f', {approval}' if approval else ''}",
        mrkdwn.code(scene.address),
        f"Until: {phrases.until(mapping)}",
        f"Callers: {phrases.callers(mapping.sources)}",
    ]


def _amended(scene: Scene, facts: Facts) -> list[str]:
    back = copies.copy(Close(Reference(mapping_id=scene.mapping.id)))
    return [
        f"{_by(facts)} changed your request for {phrases.target(scene.mapping)}: {phrases.changes(facts)}.",
        f"It still needs approval. Where that is of no use to you, take it back: {back}",
    ]


def _denied(scene: Scene, facts: Facts) -> list[str]:
    return [f"{_by(facts)} denied your request for {phrases.target(scene.mapping)}. Nothing was opened."]


def _withdrawn(scene: Scene, facts: Facts) -> list[str]:
    return [f"{_by(facts)} withdrew your request for {phrases.target(scene.mapping)}. Nothing was opened."]


def _lapsed(scene: Scene, _: Facts) -> list[str]:
    mapping = scene.mapping
    waited = format_ttl(mapping.pending_until - mapping.requested_at)
    return [
        f"Nobody decided about your request for {phrases.target(mapping)} within {waited}. Ask again:",
        copies.again(mapping, scene.rule),
    ]


def _ended(scene: Scene, facts: Facts) -> list[str]:
    lived = ends.open_for(scene.mapping)
    return [f"{_by(facts)} closed {phrases.target(scene.mapping)}. It was {lived}."]


def _replaced(scene: Scene, facts: Facts) -> list[str]:
    target = mrkdwn.code(str(facts.get("target") or "another pod"), 350)
    port = scene.mapping.port
    return [f"{_by(facts)} led port {port} to {target}, so {phrases.target(scene.mapping)} is closed there."]


def _revoked(scene: Scene, facts: Facts) -> list[str]:
    why = mrkdwn.prose(str(facts.get("why") or ""), phrases.REASON)
    return [phrases.full(f"{_by(facts)} revoked {phrases.target(scene.mapping)}{f': {why}' if why else ''}")]


def _extension_denied(scene: Scene, facts: Facts) -> list[str]:
    more = mrkdwn.escape(str(facts.get("more") or "more time"))
    end = phrases.until(scene.mapping)
    return [f"{_by(facts)} said no to {more} more for {phrases.target(scene.mapping)}. It goes on until {end}."]


def _by(facts: Facts) -> str:
    actor = who.by(facts)
    return mrkdwn.actor(actor) if actor else "Somebody"


_WRITERS: Final[Mapping[Topic, Writer]] = {
    Topic.AMENDED: _amended,
    Topic.GRANTED: _granted,
    Topic.OPENED: _opened,
    Topic.DENIED: _denied,
    Topic.WITHDRAWN: _withdrawn,
    Topic.LAPSED: _lapsed,
    Topic.ENDED: _ended,
    Topic.REPLACED: _replaced,
    Topic.REVOKED: _revoked,
    Topic.EXTENSION_DENIED: _extension_denied,
}

_TOPICS: Final[Mapping[Topic, str]] = {
    Topic.CARD: "its present state, with the buttons.",
    Topic.APPROVED: "one more approval is there.",
    Topic.AMENDED: "an approver changed it.",
    Topic.GRANTED: "it is approved.",
    Topic.DENIED: "it was denied.",
    Topic.WITHDRAWN: "it was withdrawn.",
    Topic.REMINDER: "it still waits for a decision.",
    Topic.LAPSED: "nobody decided in time.",
    Topic.REFUSED: "the pod is gone.",
    Topic.STALLED: "it is not open yet, for the pod does not answer.",
    Topic.OPENED: "it is open.",
    Topic.MOVED: "the pod has another address.",
    Topic.WARNING: "it closes soon.",
    Topic.EXTENSION_ASKED: "more time is asked for.",
    Topic.EXTENSION_APPROVED: "somebody agreed to more time.",
    Topic.EXTENSION_DENIED: "somebody said no to more time.",
    Topic.EXTENDED: "it has a new end.",
    Topic.INTERRUPTED: "connections were cut.",
    Topic.CALLERS_REFUSED: "a caller was refused.",
    Topic.ENDED: "it has ended.",
    Topic.FAILED: "it could not be opened.",
    Topic.REPLACED: "its port leads to another pod.",
    Topic.REVOKED: "an operator revoked it.",
    Topic.FORBIDDEN: "the policy does not permit it any more.",
}
