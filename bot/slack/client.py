"""Slack's Web API, the few verbs of it that are used. Every failure comes out as one of ``bot.slack.errors``."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, Final, Self, TypeAlias

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.blocks.message import Message
from bot.slack.errors import CannotPost, SetupError, SlackRefused, SlackUnreachable, TokenDead, WrongSetup
from bot.slack.proxy import proxy_for
from bot.slack.settings import SlackSettings
from bot.slack.tokens import Credentials
from bot.slack.translation import translated
from core.domain.people import GroupId, TeamId, UserId

log = structlog.get_logger(__name__)

_Ask: TypeAlias = Callable[[AsyncWebClient], Awaitable[AsyncSlackResponse]]

_FAILURES: Final = (
    SlackClientError,
    aiohttp.ClientError,
    OSError,
    AttributeError,  # how slack_sdk stumbles over an answer that is no JSON object ...
    ValueError,  # ... and over one that is no text
)


class _Kind(StrEnum):
    """Which of the app's two tokens a method takes."""

    BOT = "bot"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose token it is.

    Attributes:
        team: "" where the app is installed for a whole organisation.
        bot_user: whom the app posts as.
        url: of the workspace.
        scopes: what the bot token was granted, as Slack's answer says.
        org_wide: whether the app is installed for a whole organisation.
    """

    team: TeamId
    bot_user: UserId
    bot_id: str
    url: str
    scopes: frozenset[str]
    org_wide: bool


class Slack:
    """The Web API with the app's tokens; an asynchronous context manager that holds the connections.

    Every call has the deadline of the settings. A token that is not accepted is read again, and the call made once more
    where that brought another one. Calls that may be repeated are, once, where no answer came; nothing is ever posted a
    second time, for Slack may have taken the first.

    All verbs raise:
        SlackUnreachable: no answer; what was asked may or may not have been done.
        SlackLimited: too many calls; says when to try again.
        TokenDead, WrongSetup, SlackRefused: Slack's answer was no.
    """

    def __init__(self, settings: SlackSettings, credentials: Credentials) -> None:
        self.credentials = credentials
        self._url, self._seconds = settings.api_url, settings.deadline.total_seconds()
        self._proxy = proxy_for(settings.api_url)
        self._session: aiohttp.ClientSession | None = None
        self._dead: dict[_Kind, str] = {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout())  # each call has its own deadline
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    # -- messages -----------------------------------------------------------------------------------------------------

    async def post(
        self, channel: str, message: Message, thread_ts: str | None = None, *, broadcast: bool = False
    ) -> str:
        """Post a message, or a reply in a thread; returns its ``ts``.

        Args:
            channel: the id.
            message: text and blocks.
            thread_ts: of the message that the thread hangs on.
            broadcast: whether a reply is shown in the channel as well.

        Raises:
            CannotPost: the channel is not there for us.
            MessageGone: the message to reply to is not there.
            BadBlocks: Slack does not take the blocks.
        """
        fields: dict[str, Any] = {"channel": channel, "text": message.text, "blocks": list(message.blocks)}
        if thread_ts is not None:
            fields |= {"thread_ts": thread_ts, "reply_broadcast": broadcast}
        response = await self._call(
            "chat.postMessage",
            lambda web: web.chat_postMessage(**fields, unfurl_links=False, unfurl_media=False),
            tries=1,
        )
        return _text(response, "ts")

    async def update(self, channel: str, ts: str, message: Message) -> None:
        """Give a message other content.

        Raises:
            CannotPost, MessageGone, BadBlocks: as for ``post``.
        """
        blocks = list(message.blocks)  # an empty list takes blocks away, none at all would keep them
        await self._call(
            "chat.update", lambda web: web.chat_update(channel=channel, ts=ts, text=message.text, blocks=blocks)
        )

    async def ephemeral(self, channel: str, user: UserId, message: Message, thread_ts: str | None = None) -> None:
        """Show a message to one member of a channel alone.

        Raises:
            CannotPost: the channel is not there for us.
            BadBlocks: Slack does not take the blocks.
        """
        fields: dict[str, Any] = {"channel": channel, "user": user, "text": message.text, "thread_ts": thread_ts}
        blocks = list(message.blocks)
        await self._call("chat.postEphemeral", lambda web: web.chat_postEphemeral(**fields, blocks=blocks), tries=1)

    async def open_dm(self, user: UserId) -> str:
        """Find the conversation with one person; returns its channel id.

        Raises:
            CannotPost: that person cannot be written to.
        """
        try:
            response = await self._call("conversations.open", lambda web: web.conversations_open(users=[user]))
        except (TokenDead, WrongSetup):
            raise
        except SlackRefused as exc:
            raise CannotPost(exc.method, exc.code) from exc
        return str(_dict(response, "channel").get("id", ""))

    # -- people -------------------------------------------------------------------------------------------------------

    async def users_info(self, user: UserId) -> Mapping[str, Any]:
        """Read what Slack knows of a user: https://docs.slack.dev/reference/objects/user-object."""
        return _dict(await self._call("users.info", lambda web: web.users_info(user=user)), "user")

    async def group_members(self, group: GroupId) -> frozenset[UserId]:
        """List who is in a user group."""
        response = await self._call("usergroups.users.list", lambda web: web.usergroups_users_list(usergroup=group))
        return frozenset(UserId(str(user)) for user in response.get("users") or ())

    # -- the app ------------------------------------------------------------------------------------------------------

    async def identity(self) -> Identity:
        """Ask whose bot token it is, and what it may."""
        response = await self._call("auth.test", lambda web: web.auth_test())
        scopes = str(response.headers.get("x-oauth-scopes") or "")
        return Identity(
            team=TeamId(_text(response, "team_id")),
            bot_user=UserId(_text(response, "user_id")),
            bot_id=_text(response, "bot_id"),
            url=_text(response, "url"),
            scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
            org_wide=bool(response.get("is_enterprise_install")),
        )

    async def open_connection(self) -> str:
        """Ask for the address of a new connection in Socket Mode; takes the app-level token.

        Raises:
            SetupError: there is no app-level token.
        """
        response = await self._call(
            "apps.connections.open",
            lambda web: web.apps_connections_open(app_token=web.token or ""),
            kind=_Kind.APP,
        )
        return _text(response, "url")

    # -- one call -----------------------------------------------------------------------------------------------------

    async def _call(self, method: str, ask: _Ask, *, tries: int = 2, kind: _Kind = _Kind.BOT) -> AsyncSlackResponse:
        token = self._token(kind)
        try:
            return await self._noted(method, ask, tries, kind)
        except TokenDead:
            if not await self._is_replaced(kind, token):
                raise
            return await self._noted(method, ask, tries, kind)

    async def _noted(self, method: str, ask: _Ask, tries: int, kind: _Kind) -> AsyncSlackResponse:
        """Call, and note whether the token was accepted."""
        try:
            response = await self._within_deadline(method, ask, tries, self._token(kind))
        except TokenDead as exc:
            self._note(kind, exc.code)
            raise
        except SlackRefused as exc:
            if not isinstance(exc, WrongSetup):
                self._note(kind)
            raise
        self._note(kind)
        return response

    async def _within_deadline(self, method: str, ask: _Ask, tries: int, token: str) -> AsyncSlackResponse:
        web = self._web(method, token)
        try:
            async with asyncio.timeout(self._seconds):
                return await _answer(method, ask, web, tries)
        except TimeoutError as exc:
            raise SlackUnreachable(method, f"no answer within {self._seconds:g} s") from exc

    def _web(self, method: str, token: str) -> AsyncWebClient:
        if self._session is None or self._session.closed:
            raise SlackUnreachable(method, "the client is closed")
        web = AsyncWebClient(token, self._url, session=self._session, retry_handlers=[])
        web.proxy = self._proxy
        return web

    # -- tokens -------------------------------------------------------------------------------------------------------

    def _token(self, kind: _Kind) -> str:
        return self.credentials.bot if kind is _Kind.BOT else self.credentials.app

    async def _is_replaced(self, kind: _Kind, dead: str) -> bool:
        """Read the tokens again, unless somebody has meanwhile; whether there is another one."""
        if self._token(kind) == dead:
            try:
                await self.credentials.reread()
            except (OSError, SetupError) as exc:
                log.warning("slack.tokens_unreadable", message=str(exc))
                return False
        return self._token(kind) != dead

    def _note(self, kind: _Kind, dead: str = "") -> None:
        if dead and kind not in self._dead:
            log.error("slack.token_dead", token=kind.value, code=dead)
        if not dead and kind in self._dead:
            log.info("slack.token_accepted", token=kind.value)
        self._dead.pop(kind, None)
        if dead:
            self._dead[kind] = dead
        self.credentials.dead = next(iter(self._dead.values()), "")


async def _answer(method: str, ask: _Ask, web: AsyncWebClient, tries: int) -> AsyncSlackResponse:
    """Ask, so many times where no answer comes."""
    try:
        return await ask(web)
    except _FAILURES as exc:
        error = translated(method, exc)
        if tries == 1 or not isinstance(error, SlackUnreachable):
            raise error from exc
    return await _answer(method, ask, web, tries - 1)


def _text(response: AsyncSlackResponse, name: str) -> str:
    return str(response.get(name) or "")


def _dict(response: AsyncSlackResponse, name: str) -> Mapping[str, Any]:
    found = response.get(name)
    return found if isinstance(found, dict) else {}
