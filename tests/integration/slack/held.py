import asyncio
from dataclasses import dataclass, field

from bot.slack.blocks.message import Message
from bot.slack.settings import SlackSettings
from bot.slack.tokens import Credentials
from bot.slack.webapi.client import Slack


@dataclass
class Hold:
    """A post that is held up: before it is sent, or when Slack has it already and the answer is on its way."""

    sent: bool
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def pass_by(self) -> None:
        self.arrived.set()
        await self.released.wait()


class HeldSlack(Slack):
    """The real client, whose next post to a channel can be held up."""

    def __init__(self, settings: SlackSettings, credentials: Credentials) -> None:
        super().__init__(settings, credentials)
        self.holds: dict[str, Hold] = {}

    def hold(self, channel: str, *, sent: bool = False) -> Hold:
        self.holds[channel] = Hold(sent)
        return self.holds[channel]

    async def post(
        self, channel: str, message: Message, thread_ts: str | None = None, *, broadcast: bool = False
    ) -> str:
        hold = self.holds.pop(channel, None)
        if hold is not None and not hold.sent:
            await hold.pass_by()
        ts = await super().post(channel, message, thread_ts, broadcast=broadcast)
        if hold is not None and hold.sent:
            await hold.pass_by()
        return ts
