"""Puts messages into channels, in turn."""

import structlog

from bot.slack.blocks.message import Message
from bot.slack.delivery.lanes import Lanes
from bot.slack.errors import BadBlocks
from bot.slack.webapi.client import Slack
from core.domain.people import Person, UserId

log = structlog.get_logger(__name__)

_PLAIN_TEXT = 3_500
"""Characters that Slack takes in any case; an update may have 4,000."""


class Sender:
    """Posts and updates; a message whose blocks Slack does not take goes without them, for its text says it all."""

    def __init__(self, slack: Slack, lanes: Lanes) -> None:
        self._slack, self._lanes = slack, lanes
        self._conversations: dict[UserId, str] = {}

    async def post(self, channel: str, message: Message, thread_ts: str | None = None, *, aloud: bool = False) -> str:
        """Post; returns the ``ts``.

        Args:
            channel: the id.
            message: what to say.
            thread_ts: the message that it replies to.
            aloud: whether a reply is shown in the channel as well.
        """
        async with self._lanes.turn(channel):
            try:
                return await self._slack.post(channel, message, thread_ts, broadcast=aloud)
            except BadBlocks as exc:
                return await self._slack.post(channel, _plain(message, exc), thread_ts, broadcast=aloud)

    async def update(self, channel: str, ts: str, message: Message) -> None:
        """Give a message other content."""
        async with self._lanes.turn(channel):
            try:
                await self._slack.update(channel, ts, message)
            except BadBlocks as exc:
                await self._slack.update(channel, ts, _plain(message, exc))

    async def conversation(self, person: Person) -> str:
        """Find the channel of direct messages to somebody; it never changes."""
        if person.user not in self._conversations:
            self._conversations[person.user] = await self._slack.open_dm(person.user)
        return self._conversations[person.user]


def _plain(message: Message, refused: BadBlocks) -> Message:
    log.error("slack.bad_blocks", method=refused.method, code=refused.code)
    return Message(message.text[:_PLAIN_TEXT], ())
