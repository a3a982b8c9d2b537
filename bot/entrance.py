"""Slack's way in, from the first start on: who we are is asked until Slack says it, then people are let in."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.api.checks import Finding
from bot.slack.door import SlackDoor
from bot.slack.errors import SlackError
from bot.slack.settings import Transport
from bot.slack.webapi.client import Identity, Slack
from bot.slack.webapi.preflight import preflight

log = structlog.get_logger(__name__)

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
"""Seconds between two tries to reach Slack at the start."""


class Entrance:
    """Opens the door once Slack has said which workspace we belong to.

    Until then, and whenever Slack is away, everything else goes on: cuts, warnings, the outbox.

    Args:
        slack: the Web API.
        transport: how Slack is to reach us.
    """

    def __init__(self, slack: Slack, transport: Transport) -> None:
        self._slack, self._transport = slack, transport
        self._door: SlackDoor | None = None
        self._trouble = "not connected yet"

    async def run(self, build: Callable[[Identity], SlackDoor], stopping: asyncio.Event) -> None:
        """Let people in until it is time to stop; then wait for the work in flight.

        Args:
            build: makes the door, knowing who we are.
            stopping: is set when it is time.

        Raises:
            SetupError: Slack does not accept our tokens, or they are not of one workspace; says what to do.
        """
        identity = await self._identity(stopping)
        if identity is None:
            return
        log.info("slack.identified", team=identity.team, bot_user=identity.bot_user, url=identity.url)
        async with build(identity) as self._door:
            await stopping.wait()
            self._trouble = "stopping"
        self._door = None

    async def check(self) -> Finding:
        """Say whether people can reach the bot."""
        if self._door is None:
            return Finding(ok=False, detail=self._trouble)
        trouble = self._slack.credentials.dead or self._door.trouble
        return Finding(ok=not trouble, detail=trouble)

    async def events(self, request: Request) -> Response:
        """Take a signed request from Slack."""
        if self._door is None:
            return PlainTextResponse("Pod-Proxier is not connected to Slack", status_code=503)
        return await self._door.events(request)

    async def _identity(self, stopping: asyncio.Event) -> Identity | None:
        pause = FIRST_PAUSE
        while not stopping.is_set():
            try:
                return await preflight(self._slack, self._transport)
            except SlackError as exc:
                self._trouble = str(exc)
                log.warning("slack.not_reached", message=str(exc), again_in=pause)
            await _pause(stopping, pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        return None


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        pass  # time to try again
