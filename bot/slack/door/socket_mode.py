"""Socket Mode: several connections at the same time, and each is replaced when it ends."""

import asyncio
import logging
import time
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.errors import SlackLimited
from bot.slack.settings import SlackSettings
from bot.slack.webapi.client import Slack
from bot.slack.webapi.proxy import proxy_for
from core.domain.errors import PodProxierError

log = structlog.get_logger(__name__)

PING: Final = 5.0
"""Seconds between pings; four without an answer, and the connection counts as dead."""
LOOK: Final = 1.0
"""Seconds between looks at whether a connection was cut without a word."""
PATIENCE: Final = 2.0
"""Seconds that the other side has to agree to a connection's end."""
BRIEF: Final = 2.0
"""A connection that held no longer counts as a failure: the next try waits."""
FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 30.0
"""Seconds to wait after a failure: doubled after each, up to the longest."""


class Connection(SocketModeClient):
    """One connection, from its URL to its end.

    Left to itself the library would close the old connection before it opens the next, and try a dead URL for ever;
    so it is told to end here, and ``SocketMode`` makes the next one.
    """

    def __init__(self, app: AsyncApp, url: str) -> None:
        super().__init__(app_token="", logger=_silent_logger(), web_client=app.client, ping_interval=PING)
        self.wss_uri = url
        self.proxy = proxy_for(url.replace("ws", "http", 1))
        self.ended = asyncio.Event()
        self._app = app
        self.socket_mode_request_listeners.append(self._take)

    @property
    def alive(self) -> bool:
        """Whether something can come through it."""
        return self.current_session is not None and not self.current_session.closed and not self.stale

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - theirs
        """Come to the end: Slack wants to close it, or does not answer any more."""
        self.ended.set()

    async def lasts(self) -> float:
        """Wait until it is over; returns the seconds that it held."""
        began = time.monotonic()
        while self.alive and not self.ended.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self.ended.wait()
        return time.monotonic() - began

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        began = time.time()
        response = await run_async_bolt_app(self._app, request)
        try:
            await send_async_response(client, request, response, began)
        except (ConnectionError, aiohttp.ClientError) as exc:
            log.warning("slack.acknowledgement_lost", envelope=request.envelope_id, message=str(exc))


def _silent_logger() -> logging.Logger:
    """The library's own log: a trace for every try, where ``SocketMode`` tells each reason once."""
    logger = logging.getLogger("slack_sdk.socket_mode")
    logger.setLevel(logging.CRITICAL)
    return logger


class SocketMode:
    """Keeps so many connections as the settings say, for as long as it is entered."""

    def __init__(self, app: AsyncApp, slack: Slack, settings: SlackSettings) -> None:
        self._app, self._slack, self._settings = app, slack, settings
        self._held = set[Connection]()
        self._keepers: list[asyncio.Task[None]] = []
        self._why = "not connected yet"

    @property
    def connected(self) -> bool:
        """Whether Slack can reach us."""
        return any(connection.alive for connection in self._held)

    @property
    def trouble(self) -> str:
        """Why Slack cannot reach us; "" where it can."""
        return "" if self.connected else self._why

    async def __aenter__(self) -> Self:
        """Begin to connect; returns at once, for the rest of the bot does its work without Slack too."""
        self._keepers = [asyncio.create_task(self._keep()) for _ in range(self._settings.sockets)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close everything, which is how Slack is told to send no more here."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for connection in tuple(self._held):
            await self._let_go(connection)

    async def _keep(self) -> None:
        """Keep one connection going: the next is there before the last is closed."""
        last: Connection | None = None
        failures = 0
        while True:
            pause = 0.0
            try:
                connection = await self._connect()
                if last is not None:
                    await self._let_go(last)
                last = connection
                failures = 0 if await connection.lasts() > BRIEF else failures + 1
            except Exception as exc:  # noqa: BLE001 - whatever it is: deaf to Slack is worse than trying once more
                failures += 1
                pause = self._noted(exc)
            await asyncio.sleep(max(pause, _pause(failures)))

    async def _connect(self) -> Connection:
        """Ask for a URL and connect to it.

        Raises:
            PodProxierError: Slack gives none, or there is no token to ask with.
            TimeoutError: nothing answers at that URL.
        """
        connection = Connection(self._app, await self._slack.open_connection())
        self._held.add(connection)
        try:
            async with asyncio.timeout(self._settings.lost_after.total_seconds()):
                await connection.connect()  # type: ignore[no-untyped-call] # the library's
        except BaseException:
            await self._let_go(connection)
            raise
        log.info("slack.connected", connections=self._alive())
        return connection

    async def _let_go(self, connection: Connection) -> None:
        self._held.discard(connection)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await connection.disconnect()  # type: ignore[no-untyped-call] # the library's
        await connection.close()  # type: ignore[no-untyped-call] # same

    def _noted(self, error: Exception) -> float:
        """Say why there is no connection, once for each reason; returns the seconds that Slack asks us to wait."""
        why = str(error) or f"nothing answers at the address that Slack gave ({type(error).__name__})"
        if why != self._why:
            expected = isinstance(error, PodProxierError | TimeoutError)
            log.warning("slack.not_connected", why=why, left=self._alive(), exc_info=None if expected else error)
        self._why = why
        return float(error.retry_after) if isinstance(error, SlackLimited) else 0.0

    def _alive(self) -> int:
        return sum(connection.alive for connection in self._held)


def _pause(failures: int) -> float:
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (failures - 1)) if failures else 0.0
