"""One bot: the engine, Slack's door and the REST API, started and stopped in order."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from secrets import token_hex

import structlog

from bot.api.app import Doors, make_api
from bot.api.checks import Check, Finding
from bot.api.server import listening
from bot.bootstrap import Parts, parts_of, timers_of
from bot.doctor.host import leads_here
from bot.doctor.report import Level
from bot.entrance import Entrance
from bot.settings import Settings
from bot.slack.directory import SlackDirectory
from bot.slack.door import News, Services, SlackDoor
from bot.slack.relay import Relay
from bot.slack.settings import SlackSettings, Transport
from bot.slack.tokens import Credentials
from bot.slack.webapi.client import Identity, Slack
from core.services.access import Access, Terrain
from core.services.engine import Engine
from core.services.leadership import Leadership
from core.services.queries import Queries
from core.services.reconciler import Reconciler
from core.services.transactions import Bell, Transactions
from core.services.watching import Watching

log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; then finish what is in flight, and leave HAProxy to itself.

    Raises:
        PodProxierError: it cannot run like this; says what to do.
    """
    credentials = Credentials(settings.token_source())
    slack_settings = await asyncio.to_thread(settings.slack)  # looks up this machine's name
    async with parts_of(settings) as parts, Slack(slack_settings, credentials) as slack:
        with _told_to_stop() as stopping:
            await Bot(settings, slack_settings, parts, slack).run(stopping)


class Bot:
    """The parts that make a bot, wired together."""

    def __init__(self, settings: Settings, slack_settings: SlackSettings, parts: Parts, slack: Slack) -> None:
        self._settings, self._slack_settings, self._parts, self._slack = settings, slack_settings, parts, slack
        self._transactions = Transactions(parts.database.storage, parts.clock, Bell())
        self._relay = Relay(slack, parts.policy, slack_settings, parts.clock)
        timers, self._scheduler = timers_of(parts.metrics)
        self._engine = Engine(
            self._transactions,
            Leadership(parts.database.lease, f"{socket.gethostname()}:{os.getpid()}:{token_hex(4)}"),
            parts.database.changes,
            (Reconciler(parts.gateway, parts.policy, parts.metrics), timers, Watching(parts.cluster)),
            duties=[self._relay.run],
        )
        self._entrance = Entrance(slack, slack_settings.transport, self._door)

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until it is time to stop: people first, then the engine, then the REST API."""
        by_http = self._slack_settings.transport is Transport.HTTP
        api = make_api(self._checks(), self._parts.registry, Doors(self._entrance.events if by_http else None))
        async with (
            self._scheduler,
            listening(api, str(self._settings.listen_addr), self._settings.listen_port),
            asyncio.TaskGroup() as tasks,
        ):
            engine = tasks.create_task(self._engine.run(), name="engine")
            remark = tasks.create_task(remark_on(self._slack_settings.advertise), name="remark")
            await self._entrance.run(stopping)
            log.info("bot.stopping")
            for task in (engine, remark):
                task.cancel()

    def _door(self, identity: Identity) -> SlackDoor:
        parts, settings = self._parts, self._settings
        directory = SlackDirectory(self._slack, identity.team, parts.clock)
        terrain = Terrain(settings.ports, settings.port_rest, settings.debug_port_names)
        access = Access(self._transactions, parts.cluster, directory, parts.policy, terrain)
        queries = Queries(self._transactions, directory, parts.policy)
        services = Services(access, queries, parts.policy, parts.clock)
        news = News(self._relay.joined, directory.forget_user, directory.forget_group)
        return SlackDoor(services, self._slack_settings, self._slack, identity, news)

    # -- what /ready looks at -----------------------------------------------------------------------------------------

    def _checks(self) -> Mapping[str, Check]:
        return {
            "database": self._database,
            "gateway": self._gateway,
            "cluster": self._cluster,
            "slack": self._entrance.check,
            "policy": self._policy,
            "engine": self._lease,
        }

    async def _database(self) -> Finding:
        await self._parts.database.storage.check()
        return Finding(ok=True)

    async def _gateway(self) -> Finding:
        await self._parts.gateway.epoch()
        return Finding(ok=True, detail=self._parts.gateway_remark)

    async def _cluster(self) -> Finding:
        answer = await self._parts.cluster.check()
        troubles = [f"{namespace}: {error}" for namespace, error in self._parts.cluster.troubles.items()]
        return Finding(ok=not troubles, detail="; ".join(troubles) or answer)

    async def _policy(self) -> Finding:
        trouble = self._parts.policy.trouble
        return Finding(ok=not trouble, detail=trouble)

    async def _lease(self) -> Finding:
        return Finding(ok=True, detail="converges" if self._engine.leadership.tenure else "stands by")


async def remark_on(host: str) -> None:
    """Warn where colleagues cannot get to the host that every card shows; nobody waits for the answer."""
    found = await leads_here(host)
    if found.level is Level.FAIL:
        log.warning("host.leads_nowhere", message=found.text, hint=found.remedy)


@contextmanager
def _told_to_stop() -> Iterator[asyncio.Event]:
    """Have SIGTERM and SIGINT set an event."""
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for one in signals:
        loop.add_signal_handler(one, stopping.set)
    try:
        yield stopping
    finally:
        for one in signals:
            loop.remove_signal_handler(one)
