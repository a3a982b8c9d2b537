"""One call of the Web API: its deadline, its tries, its token, and what a failure means."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from types import TracebackType
from typing import Final, Self, TypeAlias

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.errors import SetupError, SlackRefused, SlackUnreachable, TokenDead, WrongSetup
from bot.slack.settings import SlackSettings
from bot.slack.tokens import Credentials
from bot.slack.webapi.proxy import proxy_for
from bot.slack.webapi.translation import translated

log = structlog.get_logger(__name__)

Ask: TypeAlias = Callable[[AsyncWebClient], Awaitable[AsyncSlackResponse]]

_FAILURES: Final = (
    SlackClientError,
    aiohttp.ClientError,
    OSError,
    AttributeError,  # how slack_sdk stumbles over an answer that is no JSON object ...
    ValueError,  # ... and over one that is no text
)


class TokenKind(StrEnum):
    """Which of the app's two tokens a method takes."""

    BOT = "bot"
    APP = "app"


class Calls:
    """Makes calls with the app's tokens; an asynchronous context manager that holds the connections."""

    def __init__(self, settings: SlackSettings, credentials: Credentials) -> None:
        self._credentials = credentials
        self._url, self._seconds = settings.api_url, settings.deadline.total_seconds()
        self._proxy = proxy_for(settings.api_url)
        self._session: aiohttp.ClientSession | None = None
        self._dead: dict[TokenKind, str] = {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout())  # each call has its own deadline
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def make(
        self, method: str, ask: Ask, *, tries: int = 2, kind: TokenKind = TokenKind.BOT
    ) -> AsyncSlackResponse:
        """Call a method, and once more where its token was not accepted and there is another one by now.

        Args:
            method: as the Web API names it.
            ask: makes the call with the client that it is given.
            tries: how often to ask, within one deadline, where no answer comes; 1 for what must not be done twice.
            kind: the token that it takes.

        Raises:
            SlackError: see ``translation``.
        """
        token = self._token(kind)
        try:
            return await self._noted(method, ask, tries, kind)
        except TokenDead:
            if not await self._is_replaced(kind, token):
                raise
            return await self._noted(method, ask, tries, kind)

    async def _noted(self, method: str, ask: Ask, tries: int, kind: TokenKind) -> AsyncSlackResponse:
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

    async def _within_deadline(self, method: str, ask: Ask, tries: int, token: str) -> AsyncSlackResponse:
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

    def _token(self, kind: TokenKind) -> str:
        return self._credentials.bot if kind is TokenKind.BOT else self._credentials.app

    async def _is_replaced(self, kind: TokenKind, dead: str) -> bool:
        """Read the tokens again, unless somebody has meanwhile; whether there is another one."""
        if self._token(kind) == dead:
            try:
                await self._credentials.reread()
            except (OSError, SetupError) as exc:
                log.warning("slack.tokens_unreadable", message=str(exc))
                return False
        return self._token(kind) != dead

    def _note(self, kind: TokenKind, dead: str = "") -> None:
        if dead and kind not in self._dead:
            log.error("slack.token_dead", token=kind.value, code=dead)
        if not dead and kind in self._dead:
            log.info("slack.token_accepted", token=kind.value)
        self._dead.pop(kind, None)
        if dead:
            self._dead[kind] = dead
        self._credentials.dead = next(iter(self._dead.values()), "")


async def _answer(method: str, ask: Ask, web: AsyncWebClient, tries: int) -> AsyncSlackResponse:
    """Ask, so many times where no answer comes."""
    try:
        return await ask(web)
    except _FAILURES as exc:
        error = translated(method, exc)
        if tries == 1 or not isinstance(error, SlackUnreachable):
            raise error from exc
    return await _answer(method, ask, web, tries - 1)
