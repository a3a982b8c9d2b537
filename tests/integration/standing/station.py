"""The engine with standing ports, on a real HAProxy and a real database; the cluster alone is played."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from collections.abc import Mapping as Dict
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from core.adapters.clock import SystemClock
from core.adapters.database import migrate
from core.adapters.database.database import Database
from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.embedded import EmbeddedGateway
from core.adapters.memory.cluster import MemoryCluster
from core.adapters.memory.directory import MemoryDirectory
from core.adapters.memory.metrics import MemoryMetrics
from core.adapters.memory.services import PORT_NAME, MemoryServices
from core.adapters.scheduler import ApScheduler
from core.domain.mapping import Mapping, Place
from core.domain.policy import Policy, Rule
from core.domain.service import Service, ServiceRef, ServiceUid
from core.domain.sources import Sources
from core.domain.standing import Grounds, StandingPort
from core.domain.states import State
from core.domain.target import Endpoint, PodUid
from core.services.access import Access, Terrain, Who
from core.services.engine import Engine
from core.services.leadership import Leadership
from core.services.reconciler import Reconciler
from core.services.service_ports import ServicePorts
from core.services.standing import Standing
from core.services.standing_rows import StandingRows
from core.services.timers import Timers
from core.services.transactions import Bell, Transactions
from core.services.waiting import wait_until
from core.services.watching import Watching
from tests.unit.core.samples import ALICE, HOUR, ask, pod

PATIENCE: Final = timedelta(minutes=1)
BATCH: Final = 50
LOOPBACK: Final = Sources.parse("127.0.0.0/8")
POLICY: Final = Policy((Rule(("payments",), approvals=0, sources=LOOPBACK),))


def service(number: int, endpoint: Endpoint, uid: str = "") -> Service:
    """The Service of that number, which leads to somewhere."""
    name = f"api-{number:03}"
    known = ServiceUid(uid or f"uid-of-{name}")
    return Service(ServiceRef("payments", name), known, Endpoint(endpoint.address, endpoint.port, PodUid(known)))


@dataclass
class Station:
    """Where Services come and go.

    Attributes:
        services: what the cluster shows; it lasts, as the database does.
    """

    config: GatewayConfig
    binary: Path
    services: MemoryServices = field(default_factory=MemoryServices)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.config.folder.parent / 'test.db'}"

    @property
    def first(self) -> int:
        """The first port for a Service."""
        assert self.config.services is not None
        return self.config.services.first

    @asynccontextmanager
    async def bot(self) -> AsyncIterator["Bot"]:
        """Run what converges, with an HAProxy that is found or started; the block's end leaves that to itself."""
        await migrate.upgrade(self.url)
        gateway = EmbeddedGateway(self.config, SystemClock(), binary=self.binary)
        async with Database(self.url) as database, gateway:
            bot = Bot(self, database, gateway)
            async with bot.scheduler:
                running = asyncio.create_task(bot.engine.run())
                try:
                    yield bot
                finally:
                    running.cancel()
                    with suppress(asyncio.CancelledError):
                        await running


class Bot:
    """One process of it."""

    def __init__(self, station: Station, database: Database, gateway: EmbeddedGateway) -> None:
        assert station.config.services is not None
        self.gateway, self._ports = gateway, station.config.services
        self.metrics, cluster = MemoryMetrics(), MemoryCluster(pod(address="127.0.0.1"))
        self.transactions = Transactions(database.storage, SystemClock(), Bell())
        directory = MemoryDirectory()
        directory.add(ALICE)
        terrain = Terrain(station.config.ports, timedelta())
        self.access = Access(self.transactions, cluster, directory, lambda: POLICY, terrain)
        grounds, rows = Grounds(station.config.services, frozenset({"payments"}), LOOPBACK), StandingRows()
        self.standing = Standing(station.services, rows, grounds, self.metrics, port_name=PORT_NAME, batch=BATCH)
        ports = ServicePorts(gateway, rows, grounds, BATCH)
        self.scheduler = ApScheduler(lambda mapping_id: timers.due(mapping_id))  # noqa: PLW0108 - made below
        timers = Timers(self.scheduler, self.metrics)
        parts = (Reconciler(gateway, lambda: POLICY, self.metrics, ports), timers, Watching(cluster))
        leadership = Leadership(database.lease, "test")
        self.engine = Engine(self.transactions, leadership, database.changes, parts, [self.standing.run])

    async def open(self, port: int) -> Mapping:
        """Open a mapping to a port of this machine, without anybody's approval."""
        asked = (await self.access.request(ask(f"payments/api-0:{port}", HOUR), Who(ALICE), Place("C1"))).mapping
        return await wait_until(lambda m: m.state is State.OPEN, asked.id, PATIENCE, self.transactions)

    async def rows(self) -> dict[int, StandingPort]:
        """The rows, by port."""
        return {row.port: row for row in await self.transactions.read(lambda uow: uow.standing.all())}

    async def serves(self, wanted: Dict[int, Endpoint]) -> None:
        """Wait until the Services' ports lead there, and no other one of theirs leads anywhere."""
        there = {port: (endpoint.address, endpoint.port) for port, endpoint in wanted.items()}

        async def led() -> bool:
            return await self._led() == there

        await _until(led)

    async def gone(self, port: int) -> None:
        """Wait until a port was given back."""

        async def given_back() -> bool:
            return port not in await self.rows()

        await _until(given_back)

    async def _led(self) -> dict[int, tuple[object, object]]:
        slots = (await self.gateway.observe()).slots
        theirs = (slots[port] for port in self._ports.numbers())
        return {slot.port: (slot.address, slot.target_port) for slot in theirs if not slot.shut}


async def _until(look: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE.total_seconds()):
        while not await look():  # noqa: ASYNC110 - nothing tells what HAProxy does
            await asyncio.sleep(0.1)
