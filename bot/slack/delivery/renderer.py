"""How notices become messages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.slack.blocks import card as cards
from bot.slack.blocks import direct as direct_messages
from bot.slack.blocks import entries
from bot.slack.blocks.message import Message
from bot.slack.blocks.scene import Scene
from core.domain.notices import Facts, Topic


class DrawCard(Protocol):
    """Draws the card; see ``blocks.card``."""

    def __call__(self, scene: Scene, *, copy: bool = False, mention: str = "") -> Message:
        """Draw it."""
        ...


@dataclass(frozen=True, slots=True)
class Renderer:
    """One function for each kind of message; all of them pure."""

    card: DrawCard = cards.card
    entry: Callable[[Scene, Topic, Facts], Message] = entries.entry
    direct: Callable[[Scene, Topic, Facts], Message] = direct_messages.direct
    invite: Callable[[Scene, str], Message] = direct_messages.invite
    undelivered: Callable[[Scene, Topic, str], Message] = direct_messages.undelivered
