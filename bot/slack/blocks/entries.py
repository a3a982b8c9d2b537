"""Replies in the card's thread, which is the log: one for each notice, with the facts of its moment."""

from bot.slack.blocks.message import Message
from bot.slack.blocks.parts import compose, say
from bot.slack.blocks.scene import Scene
from core.domain.notices import Facts, Topic


def entry(scene: Scene, topic: Topic, facts: Facts) -> Message:
    """Write one entry; there is one for every topic but the card itself."""
    return compose(say(f"{scene.mapping.target} {topic} {facts}"))
