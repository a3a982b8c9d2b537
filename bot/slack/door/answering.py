"""How a person is answered: for their eyes only, where they typed or clicked."""

import asyncio
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
import structlog

from bot.slack.blocks.ask import answer_view
from bot.slack.blocks.home import home
from bot.slack.blocks.message import Message
from bot.slack.door.visits import Visit
from bot.slack.errors import BadBlocks, SlackError, SlackRefused, SlackUnreachable
from bot.slack.homes import Homes
from bot.slack.settings import SlackSettings
from bot.slack.webapi.client import Slack
from bot.slack.webapi.proxy import proxy_for
from core.domain.errors import OutsideError
from core.domain.refusals import NotAMember

log = structlog.get_logger(__name__)

_METHOD: Final = "response_url"
_OK: Final = 200


class Answers:
    """Tells people what became of what they did; an asynchronous context manager that holds the connections.

    Args:
        slack: the Web API.
        settings: say how long Slack may take.
        homes: for those who clicked on their Home tab.
    """

    def __init__(self, slack: Slack, settings: SlackSettings, homes: Homes) -> None:
        self._slack, self._homes, self._deadline = slack, homes, settings.deadline.total_seconds()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def give(self, visit: Visit, message: Message) -> None:
        """Show somebody a message. Never raises: where Slack takes it by no way, the log says so."""
        try:
            await self._give(visit, message)
        except BadBlocks as exc:
            log.error("slack.answer_malformed", message=str(exc), text=message.text)  # noqa: TRY400 - no trace needed
            await self._give_text(visit, message)
        except SlackError as exc:
            log.warning("slack.answer_lost", person=str(visit.person), message=str(exc))

    async def _give(self, visit: Visit, message: Message) -> None:
        """Answer by the response URL, which works everywhere; else by a method, which has no limit of five."""
        if visit.modal is not None:
            await self._slack.update_modal(visit.modal, answer_view(message))
            return
        if visit.at_home:
            await self._answer_at_home(visit, message)
            return
        try:
            await self._respond(visit, message)
        except SlackError as exc:
            log.info("slack.response_url_failed", message=str(exc))
            await self._slack.ephemeral(visit.place.channel, visit.person.user, message, visit.thread)

    async def _answer_at_home(self, visit: Visit, message: Message) -> None:
        try:
            await self._homes.answer(visit.person, message)
        except (OutsideError, NotAMember) as exc:  # the tab itself cannot be drawn: then the answer alone is
            log.warning("home.not_drawn", person=str(visit.person), error=type(exc).__name__, message=str(exc))
            await self._slack.publish_home(visit.person.user, home((), (), (), message))

    async def _give_text(self, visit: Visit, message: Message) -> None:
        try:
            await self._give(visit, Message(message.text, ()))
        except SlackError as exc:
            log.warning("slack.answer_lost", person=str(visit.person), message=str(exc))

    async def _respond(self, visit: Visit, message: Message) -> None:
        if visit.response_url is None or self._session is None:
            raise SlackUnreachable(_METHOD, "there is none")
        body = _body(visit, message)
        proxy = proxy_for(visit.response_url)
        try:
            async with (
                asyncio.timeout(self._deadline),
                self._session.post(visit.response_url, json=body, proxy=proxy) as response,
            ):
                if response.status != _OK:
                    raise SlackRefused(_METHOD, f"HTTP {response.status}")
        except (aiohttp.ClientError, OSError) as exc:  # a deadline's end is an OSError too
            raise SlackUnreachable(_METHOD, type(exc).__name__) from exc


def _body(visit: Visit, message: Message) -> dict[str, Any]:
    """Make a new message of it: the one that was clicked stays as it is."""
    body = {**message.payload(), "response_type": "ephemeral", "replace_original": False}
    return body if visit.thread is None else body | {"thread_ts": visit.thread}
