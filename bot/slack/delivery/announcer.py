"""Tells one entry of the outbox."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from bot.slack.blocks.scene import Scene
from bot.slack.delivery.board import Board
from bot.slack.delivery.cards import Cards
from bot.slack.delivery.letters import worth_waiting
from bot.slack.delivery.places import Places
from bot.slack.delivery.renderer import Renderer
from bot.slack.delivery.sender import Sender
from bot.slack.errors import CannotPost, MessageGone, SlackError
from core.domain.notices import Audience
from core.domain.people import Person
from core.interfaces import Entry, Post, PostRole

NO_CARD: Final = "no_card"
"""Stands where Slack's word for it would: there is no thread, for the card could be posted nowhere."""


class Announcer:
    """Finds where an entry belongs, and says it there.

    Args:
        sender: puts messages into channels.
        renderer: writes them.
        keep: writes down a message that shows a mapping; called as soon as Slack has it.
    """

    def __init__(self, sender: Sender, renderer: Renderer, keep: Callable[[Post], Awaitable[None]]) -> None:
        self._sender, self._renderer = sender, renderer
        self._board = Board(sender, keep)
        self._cards = Cards(self._board, sender, renderer)

    async def tell(self, entry: Entry, scene: Scene, posts: Sequence[Post]) -> None:
        """Tell it; what has no place to be told in is told nobody.

        Raises:
            SlackError: it was not told, or not everywhere. Where ``CannotPost`` keeps an entry out of its thread, the
                requester has been told instead.
        """
        places = Places(scene.mapping, posts)
        requester = scene.mapping.requester
        if entry.audience is not Audience.REQUESTER and not scene.mapping.shown:
            return
        match entry.audience:
            case Audience.CARD:
                await self._cards.show(scene, places)
            case Audience.REQUESTER:
                if isinstance(requester, Person):  # a client asks over REST what became of it
                    conversation = await self._sender.conversation(requester)
                    await self._sender.post(conversation, self._renderer.direct(scene, entry.topic, entry.facts))
            case Audience.THREAD | Audience.CHANNEL | Audience.APPROVERS:
                await self._reply(entry, scene, places)

    async def _reply(self, entry: Entry, scene: Scene, places: Places) -> None:
        try:
            await self._reply_in_thread(entry, scene, places)
        except CannotPost as exc:
            await self._tell_owner(entry, scene, exc.code)
            raise

    async def _reply_in_thread(self, entry: Entry, scene: Scene, places: Places) -> None:
        to_approvers = entry.audience is Audience.APPROVERS
        thread = (to_approvers and places.copy) or places.thread
        if thread is None:
            raise CannotPost("chat.postMessage", NO_CARD)
        reply, aloud = self._renderer.entry(scene, entry.topic, entry.facts), entry.audience is not Audience.THREAD
        try:
            await self._sender.post(thread.channel, reply, thread.ts, aloud=aloud)
        except MessageGone:
            is_copy = thread.role is PostRole.COPY
            anew = await self._board.post(thread, self._renderer.card(scene, copy=is_copy))
            await self._sender.post(anew.channel, reply, anew.ts, aloud=aloud)

    async def _tell_owner(self, entry: Entry, scene: Scene, code: str) -> None:
        """Tell the requester what could not be posted; where that is impossible too, nobody is left to be told."""
        requester = scene.mapping.requester
        if not isinstance(requester, Person):
            return
        try:
            conversation = await self._sender.conversation(requester)
            await self._sender.post(conversation, self._renderer.undelivered(scene, entry.topic, code))
        except SlackError as exc:
            if worth_waiting(exc):
                raise
