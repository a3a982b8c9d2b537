"""The card and its copies: where they go, and that all of them show the present state."""

from collections.abc import Awaitable
from typing import Final

import structlog

from bot.slack.blocks.message import Message
from bot.slack.blocks.scene import Scene
from bot.slack.delivery.board import Board
from bot.slack.delivery.letters import ShutOut, worth_waiting
from bot.slack.delivery.places import Places
from bot.slack.delivery.renderer import Renderer
from bot.slack.delivery.sender import Sender
from bot.slack.errors import CannotPost, SlackError
from core.domain.mapping import NOWHERE
from core.domain.people import Person
from core.domain.states import State
from core.interfaces import Post, PostRole

log = structlog.get_logger(__name__)

NOBODY_THERE: Final = "nobody_there"
"""Stands where Slack's word for it would: a client has no direct messages."""


class Cards:
    """Shows mappings.

    The card goes where it was asked, and its copy to the approvers' channel. Where the bot cannot post, the requester
    gets the card as a direct message, provided that nobody has to decide any more or the approvers see the copy. Else
    nobody could decide: the requester is told to invite the bot, and the card follows when it is in. A client, who has
    no messages, is told nothing; what was asked nowhere has no card but the copy.
    """

    def __init__(self, board: Board, sender: Sender, renderer: Renderer) -> None:
        self._board, self._sender, self._renderer = board, sender, renderer

    async def show(self, scene: Scene, places: Places) -> None:
        """Bring every copy up to date, and post those that are missing.

        Raises:
            ShutOut: nobody sees a card who could decide on it.
            SlackError: it is not shown everywhere.
        """
        copy = await _trouble(self._show_copy(scene, places))
        home = await _trouble(self._show_home(scene, places, copy))
        for trouble in (copy, home):
            if trouble is not None and worth_waiting(trouble):
                raise trouble
        if home is not None:
            raise home
        if copy is not None:
            log.warning("card.no_copy", id=places.mapping.id, channel=places.copy_channel, message=str(copy))

    async def _show_copy(self, scene: Scene, places: Places) -> None:
        if places.copy_channel is None or (places.copy is None and not places.mapping.live):
            return
        mention = _mention(scene) if places.copy is None else ""
        message = self._renderer.card(scene, copy=True, mention=mention)
        await self._board.put(places.mapping.id, PostRole.COPY, places.copy_channel, message, known=places.copy)

    async def _show_home(self, scene: Scene, places: Places, copy: SlackError | None) -> None:
        asked_in = places.mapping.place
        if asked_in == NOWHERE:
            return
        if asked_in.direct:
            conversation = asked_in.channel or await self._conversation(places)
            await self._show_directly(scene, places, copy, conversation, places.home or places.direct)
            return
        if not places.settled_elsewhere:
            unseen = places.copy_channel is None or isinstance(copy, CannotPost)
            mention = _mention(scene) if unseen and places.home is None else ""
            try:
                await self._put(places, asked_in.channel, self._renderer.card(scene, mention=mention), places.home)
            except CannotPost as exc:
                if places.home is not None:
                    raise
                await self._show_elsewhere(scene, places, copy, exc)
                return
        if places.direct is not None:
            await self._board.refresh(places.direct, self._renderer.card(scene))

    async def _show_elsewhere(
        self, scene: Scene, places: Places, copy: SlackError | None, shut_out: CannotPost
    ) -> None:
        """Show it to the requester, where the bot may not post in the place; a client has nobody to be told."""
        if isinstance(places.mapping.requester, Person):
            conversation = await self._conversation(places)
            await self._show_directly(scene, places, copy, conversation, places.direct)
        elif places.undecided and (places.copy_channel is None or copy is not None):
            raise ShutOut(*places.channels_to_join) from shut_out
        else:
            raise shut_out

    async def _show_directly(
        self, scene: Scene, places: Places, copy: SlackError | None, conversation: str, known: Post | None
    ) -> None:
        """Give the requester the card as a direct message, or say there why nobody can decide yet."""
        if not places.undecided or (places.copy_channel is not None and copy is None):
            await self._put(places, conversation, self._renderer.card(scene), known)
            return
        if copy is not None and worth_waiting(copy):
            raise copy  # the approvers may yet see it
        would_help = places.channels_to_join
        if known is None:
            invitation = self._renderer.invite(scene, next(iter(would_help), conversation))
            await self._put(places, conversation, invitation, known)
        if would_help:
            raise ShutOut(*would_help)

    async def _conversation(self, places: Places) -> str:
        """Find where the requester is told directly.

        Raises:
            CannotPost: nowhere, for it is a client.
        """
        if places.direct is not None:
            return places.direct.channel
        requester = places.mapping.requester
        if not isinstance(requester, Person):
            raise CannotPost("conversations.open", NOBODY_THERE)
        return await self._sender.conversation(requester)

    async def _put(self, places: Places, channel: str, message: Message, known: Post | None) -> None:
        await self._board.put(places.mapping.id, PostRole.CARD, channel, message, known=known)


def _mention(scene: Scene) -> str:
    """Whom the first post is to mention: only while there is something to decide."""
    return (scene.rule.mention or "") if scene.mapping.state is State.REQUESTED else ""


async def _trouble(showing: Awaitable[None]) -> SlackError | None:
    """Show it; what goes wrong in one place does not keep it from the others."""
    try:
        await showing
    except SlackError as exc:
        return exc
    return None
