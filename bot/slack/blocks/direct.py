"""Direct messages: what others decided about somebody's request, and what could not be told where it belongs."""

from bot.slack.blocks.message import Message
from bot.slack.blocks.parts import compose, say
from bot.slack.blocks.scene import Scene
from core.domain.notices import Facts, Topic


def direct(scene: Scene, topic: Topic, facts: Facts) -> Message:
    """Tell the requester."""
    return compose(say(f"{scene.mapping.target} {topic} {facts}"))


def invite(scene: Scene, channel_id: str) -> Message:
    """Say that the bot has to be invited before the card can follow."""
    return compose(say(f"{scene.mapping.target} {channel_id}"))


def undelivered(scene: Scene, topic: Topic, code: str) -> Message:
    """Say what could not be posted, and Slack's word for why."""
    return compose(say(f"{scene.mapping.target} {topic} {code}"))
