"""One bot: the engine, people's door and the REST API, started and stopped in order."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

import structlog

from bot.api.app import Doors, make_api, make_entry_api
from bot.api.callers import Callers
from bot.api.server import listening
from bot.api.v1 import Guard, Previous, make_v1
from bot.api.v2 import Rest, make_v2
from bot.bootstrap import Parts, parts_of
from bot.chat import NEVER, NOT_YET, Chat, InSlack, NoChat
from bot.doctor.host import leads_here
from bot.doctor.report import Level
from bot.machine import Machine
from bot.people import People
from bot.readiness import Readiness
from bot.settings import Settings
from bot.slack.delivery.newsstand import Newsstand
from bot.slack.door import Services
from bot.slack.settings import SlackSettings
from bot.slack.tokens import Credentials
from bot.slack.webapi.client import Slack
from core.domain.record import Origin
from core.services.access import Access, Terrain
from core.services.brakes import Brakes
from core.services.bulletins import Bulletins
from core.services.direct import Direct
from core.services.enforcing import Enforcing
from core.services.overview import Overview
from core.services.queries import Queries
from core.services.suggestions import Suggestions
from core.services.transactions import Bell, Transactions

log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; then finish what is in flight, and leave HAProxy to itself.

    Raises:
        PodProxierError: it cannot run like this; says what to do.
    """
    credentials = None if settings.runs_without_slack else Credentials(settings.token_source())
    slack_settings = await asyncio.to_thread(settings.slack)  # looks up this machine's name
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(parts_of(settings))
        people = People(NOT_YET if credentials else NEVER)
        chat: Chat = NoChat()
        if credentials is not None:
            slack = await stack.enter_async_context(Slack(slack_settings, credentials))
            newsstand = Newsstand(slack, Bulletins(settings.audit_head_channel, settings.digest_channel))
            chat = InSlack(slack, slack_settings, people, parts.policy, parts.clock, newsstand)
        with _told_to_stop() as stopping:
            await Bot(settings, slack_settings, parts, people, chat).run(stopping)


class Bot:
    """The parts that make a bot, wired together."""

    def __init__(
        self, settings: Settings, slack_settings: SlackSettings, parts: Parts, people: People, chat: Chat
    ) -> None:
        self._settings, self._host, self._parts, self._chat = settings, slack_settings.advertise, parts, chat
        self._transactions = Transactions(parts.database.storage, parts.clock, Bell())
        duties = [*chat.duties, Enforcing(parts.policy, people).run]
        self._machine = Machine(settings, parts, self._transactions, duties)
        self._terrain = _terrain(settings)
        self._access = Access(self._transactions, parts.cluster, people, parts.policy, self._terrain)
        self._queries = Queries(self._transactions, people, parts.policy, with_services=settings.enable_v2)
        self._brakes = Brakes(self._transactions, people, parts.policy)
        self._overview = Overview(self._transactions, people, parts.policy)
        self._suggestions = Suggestions(parts.cluster, parts.cluster, people, parts.policy, parts.clock)
        over_rest = self._transactions.by(Origin.REST)  # a token may act as a person, whom the record takes for Slack's
        self._rest_access = Access(over_rest, parts.cluster, people, parts.policy, self._terrain)
        self._rest_brakes = Brakes(over_rest, people, parts.policy)
        self._callers = Callers(parts.tokens.find, lambda: people.team)

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until it is time to stop: nobody is let in any more, what is under way is answered, and then it ends."""
        async with AsyncExitStack() as doors:
            await self._open(doors, stopping)
            async with self._machine.scheduler, asyncio.TaskGroup() as tasks:
                engine = tasks.create_task(self._machine.engine.run(), name="engine")
                remark = tasks.create_task(remark_on(self._host), name="remark")
                services = Services(
                    self._access,
                    self._queries,
                    self._overview,
                    self._suggestions,
                    self._parts.policy,
                    self._parts.clock,
                    self._transactions.bell,
                    self._brakes,
                )
                await self._chat.run(services, stopping)
                log.info("bot.stopping")
                await doors.aclose()
                for task in (engine, remark):
                    task.cancel()

    # -- the doors of REST --------------------------------------------------------------------------------------------

    async def _open(self, doors: AsyncExitStack, stopping: asyncio.Event) -> None:
        settings, v1 = self._settings, self._previous()
        beside = Doors(
            events=self._chat.events,
            v1=make_v1(v1, Guard(self._callers, allowed=settings.v1_allow_from)) if v1 else None,
            v2=make_v2(self._rest(stopping)) if settings.api_token_file else None,
        )
        checks = {**Readiness(self._parts, self._machine).checks(), **self._chat.checks}
        api = make_api(checks, self._parts.registry, beside)
        await doors.enter_async_context(listening(api, str(settings.listen_addr), settings.listen_port))
        if v1:
            entry, where = make_entry_api(make_v1(v1, Guard(self._callers, addresses=False))), settings.entry_api
            await doors.enter_async_context(listening(entry, str(where.host), where.port, "--entry-api"))

    def _previous(self) -> Previous | None:
        if not self._settings.enable_v1:
            return None
        parts, name = self._parts, self._settings.jprofiler_port_name
        direct = Direct(self._transactions.by(Origin.REST), parts.cluster, parts.policy, self._terrain, name)
        return Previous(direct, parts.cluster, parts.policy, self._host)

    def _rest(self, stopping: asyncio.Event) -> Rest:
        return Rest(
            self._callers,
            self._rest_access,
            self._queries,
            self._transactions,
            self._parts.policy,
            self._host,
            stopping,
            self._rest_brakes,
        )


def _terrain(settings: Settings) -> Terrain:
    return Terrain(
        settings.ports,
        settings.port_rest,
        settings.debug_port_names,
        announce=settings.announce_channel,
        entry=settings.default_map_port if settings.enable_v1 else None,
    )


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
