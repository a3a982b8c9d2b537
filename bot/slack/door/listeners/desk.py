from dataclasses import dataclass

from bot.slack.blocks.message import Message
from bot.slack.blocks.scene import Scene
from bot.slack.door.answering import Answers
from bot.slack.door.services import Services
from bot.slack.door.visits import Visit
from bot.slack.webapi.client import Slack
from core.domain.mapping import Mapping


@dataclass(frozen=True, slots=True)
class Desk:
    """What a listener works with.

    Attributes:
        host: that people connect to; stands on every card.
    """

    services: Services
    answers: Answers
    slack: Slack
    host: str

    def scene(self, mapping: Mapping) -> Scene:
        """Look at a mapping, to render it."""
        return self.services.scene(mapping, self.host)

    async def answer(self, visit: Visit, message: Message) -> None:
        """Show somebody a message, for their eyes only."""
        await self.answers.give(visit, message)
