"""The card: a mapping's present state, wherever it is shown."""

from bot.slack.blocks.message import Message
from bot.slack.blocks.parts import compose, say
from bot.slack.blocks.scene import Scene


def card(scene: Scene, *, copy: bool = False, mention: str = "") -> Message:
    """Draw the card.

    Args:
        scene: what to draw.
        copy: the one in the approvers' channel, which says where it was asked.
        mention: whom the rule wants to be told, as the rule has it (``Rule.mention``); for the first post of all only.
    """
    return compose(say(f"{scene.mapping.target} {copy} {mention}"))
