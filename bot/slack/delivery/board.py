"""The messages that show a mapping."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from bot.slack.blocks.message import Message
from bot.slack.delivery.sender import Sender
from bot.slack.errors import MessageGone
from core.domain.mapping import MappingId
from core.interfaces import Post, PostRole

log = structlog.get_logger(__name__)


class Board:
    """Posts them once and keeps them up to date.

    Args:
        sender: puts messages into channels.
        keep: writes a message down; called as soon as Slack has it.
    """

    def __init__(self, sender: Sender, keep: Callable[[Post], Awaitable[None]]) -> None:
        self._sender, self._keep = sender, keep

    async def put(
        self, mapping_id: MappingId, role: PostRole, channel: str, message: Message, *, known: Post | None
    ) -> None:
        """Show this in a channel: in the message that is ``known`` there, or in a new one."""
        if known is None:
            await self.post(Post(mapping_id, role, channel, ""), message)
        else:
            await self.refresh(known, message)

    async def post(self, place: Post, message: Message) -> Post:
        """Post a message, in the place of an earlier one if need be."""
        posted = replace(place, ts=await self._sender.post(place.channel, message))
        await self._keep(posted)
        return posted

    async def refresh(self, post: Post, message: Message) -> None:
        """Bring a message up to date; post it anew where somebody deleted it, or it cannot be changed any more."""
        try:
            await self._sender.update(post.channel, post.ts, message)
        except MessageGone as exc:
            log.info("card.posted_anew", id=post.mapping_id, channel=post.channel, code=exc.code)
            await self.post(post, message)
