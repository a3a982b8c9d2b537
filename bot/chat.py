"""Slack's side of a bot, and the side of one that has none."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

import structlog

from bot.api.app import Handler
from bot.api.checks import Check
from bot.entrance import Entrance
from bot.people import People
from bot.silence import Silence
from bot.slack.delivery.newsstand import Newsstand
from bot.slack.directory import SlackDirectory
from bot.slack.door import News, Services, SlackDoor
from bot.slack.relay import Relay
from bot.slack.settings import SlackSettings, Transport
from bot.slack.webapi.client import Identity, Slack
from core.domain.policy import Policy
from core.interfaces import Clock
from core.services.engine import Duty

log = structlog.get_logger(__name__)

NOT_YET: Final = "Slack has not said yet who is who"
NEVER: Final = "this bot runs without Slack, so nobody can say who people are"


class Chat(Protocol):
    """Where people are told of mappings, and ask for them."""

    @property
    def duties(self) -> Sequence[Duty]:
        """What becomes of the outbox, and of bulletins."""
        ...

    @property
    def events(self) -> Handler | None:
        """Takes Slack's signed requests; ``None`` where none come."""
        ...

    @property
    def checks(self) -> Mapping[str, Check]:
        """What ``/ready`` looks at here."""
        ...

    async def run(self, services: Services, stopping: asyncio.Event) -> None:
        """Let people in until it is time to stop."""
        ...


class InSlack:
    """A bot in a workspace.

    Args:
        people: are told who is who as soon as Slack says which workspace is ours.
        newsstand: posts bulletins; ``None`` where there are none.
    """

    def __init__(
        self,
        slack: Slack,
        settings: SlackSettings,
        people: People,
        policy: Callable[[], Policy],
        clock: Clock,
        newsstand: Newsstand | None = None,
    ) -> None:
        self._newsstand = newsstand
        self._slack, self._settings, self._people, self._clock = slack, settings, people, clock
        self._relay = Relay(slack, policy, settings, clock)
        self._entrance = Entrance(slack, settings.transport)

    @property
    def duties(self) -> Sequence[Duty]:
        """Post what the outbox holds, and bulletins."""
        return [self._relay.run, *([self._newsstand.run] if self._newsstand else [])]

    @property
    def events(self) -> Handler | None:
        """Takes signed requests, where Slack is to send some."""
        return self._entrance.events if self._settings.transport is Transport.HTTP else None

    @property
    def checks(self) -> Mapping[str, Check]:
        """Whether people can reach the bot."""
        return {"slack": self._entrance.check}

    async def run(self, services: Services, stopping: asyncio.Event) -> None:
        """Let people in until it is time to stop."""

        def door(identity: Identity) -> SlackDoor:
            directory = SlackDirectory(self._slack, identity.team, self._clock)
            self._people.meet(identity.team, directory)
            news = News(self._relay.joined, directory.forget_user, directory.forget_group)
            return SlackDoor(services, self._settings, self._slack, identity, news)

        await self._entrance.run(door, stopping)


class NoChat:
    """A bot that only programs speak to."""

    duties: Sequence[Duty] = (Silence().run,)
    events: Handler | None = None
    checks: Mapping[str, Check] = {}

    async def run(self, services: Services, stopping: asyncio.Event) -> None:
        """Wait until it is time to stop."""
        del services
        log.info("slack.none", hint="set SLACK_BOT_TOKEN and SLACK_APP_TOKEN, or leave it as it is")
        await stopping.wait()
