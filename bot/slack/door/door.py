"""Slack's door: people's commands and clicks come in here, by Socket Mode or by signed HTTP."""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from starlette.requests import Request
from starlette.responses import Response

from bot.slack.door.answering import Answers
from bot.slack.door.app import make_app
from bot.slack.door.http import SignedHttp
from bot.slack.door.in_flight import InFlight
from bot.slack.door.listeners.desk import Desk
from bot.slack.door.listeners.events import News
from bot.slack.door.reception import Reception
from bot.slack.door.services import Services
from bot.slack.door.socket_mode import SocketMode
from bot.slack.homes import Homes
from bot.slack.settings import SlackSettings, Transport
from bot.slack.webapi.client import Identity, Slack


class SlackDoor:
    """Open for as long as it is entered; leaving takes nothing new, and waits for what is under way.

    Args:
        services: what people's wishes are handed to.
        settings: what was chosen about Slack.
        slack: the Web API.
        identity: the workspace, and whom the bot posts as.
        news: who wants to hear what Slack tells of its own accord.
    """

    def __init__(
        self, services: Services, settings: SlackSettings, slack: Slack, identity: Identity, news: News
    ) -> None:
        self._settings, self._in_flight, self._bell = settings, InFlight(), services.bell
        self._homes = Homes(
            slack, services.overview, lambda mapping: services.scene(mapping, settings.advertise), services.clock
        )
        self._answers = Answers(slack, settings, self._homes)
        reception = Reception(self._answers, services.clock)
        desk = Desk(services, self._answers, slack, settings.advertise)
        app = make_app(identity, reception, desk, (news, self._homes), self._in_flight)
        self._http = SignedHttp(app, slack.credentials)
        self._sockets = SocketMode(app, slack, settings)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open; with Slack away too, for it is tried again until it is there."""
        await self._stack.enter_async_context(self._answers)
        await self._stack.enter_async_context(self._homes)
        self._stack.enter_context(self._bell.listening(self._homes.hear))
        self._stack.push_async_callback(self._in_flight.drain, self._settings.drain)
        if self._by_socket:
            await self._stack.enter_async_context(self._sockets)
        else:
            self._stack.callback(self._http.close)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take nothing new, wait for what is under way, and let the connections go, in this order."""
        await self._stack.aclose()

    @property
    def connected(self) -> bool:
        """Whether Slack can reach us, as far as we can know."""
        return self._sockets.connected if self._by_socket else True

    @property
    def trouble(self) -> str:
        """Why Slack cannot reach us; "" where it can."""
        return self._sockets.trouble if self._by_socket else ""

    async def events(self, request: Request) -> Response:
        """Answer what Slack posts to ``/slack/events``; in Socket Mode there is nothing of that kind."""
        return Response(status_code=404) if self._by_socket else await self._http.events(request)

    @property
    def _by_socket(self) -> bool:
        return self._settings.transport is Transport.SOCKET
