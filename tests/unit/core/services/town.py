"""A small world on the in-memory twins: people, pods, a gateway, a database, and processes that come and go."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from core.adapters.memory.cluster import MemoryCluster
from core.adapters.memory.directory import MemoryDirectory
from core.adapters.memory.gateway import MemoryGateway
from core.adapters.memory.listening import MemoryConnection
from core.adapters.memory.metrics import MemoryMetrics
from core.adapters.memory.services import PORT_NAME, MemoryServices
from core.adapters.memory.storage import MemoryStorage, MemoryUnitOfWork
from core.domain.mapping import Mapping, MappingId, Place, Reference, Terms
from core.domain.people import Person
from core.domain.policy import Policy
from core.domain.record import AuditEntry
from core.domain.route import Applied, Observation, PortRange, Ports, Route, Slot
from core.domain.standing import Grounds
from core.interfaces import Clock, Entry
from core.services.access import Access, Terrain, Who
from core.services.engine import Duty, Engine
from core.services.leadership import Leadership
from core.services.queries import Queries
from core.services.reconciler import Reconciler
from core.services.service_ports import ServicePorts
from core.services.standing import Standing
from core.services.standing_rows import StandingRows
from core.services.standstill import Standstill
from core.services.timers import Timers
from core.services.transactions import Bell, Transactions
from core.services.watching import Watching
from tests.unit.core.samples import ALICE, BOB, CAROL, DAVE, POLICY, PORTS, SRE, ask, pod
from tests.virtual_time import LoopClock, LoopScheduler

REST: Final = timedelta(minutes=10)
TTL: Final = timedelta(minutes=4)
"""Of a mapping that a test says nothing about; a short one, for every second of it costs a little."""
SOON: Final = 0.1
"""Seconds within which everything is done that waits for nothing."""


class WatchedGateway(MemoryGateway):
    """Counts what is asked of it.

    Attributes:
        observing_takes: seconds.
        after_apply: done when a route has just been put in force, before anybody hears of it.
    """

    def __init__(self, ports: PortRange, clock: Clock, *more: PortRange) -> None:
        super().__init__(Ports.of(ports, *more), clock)
        self.asked = Counter[str]()
        self.observing_takes = 0.0
        self.after_apply: Callable[[], None] = lambda: None

    async def apply(self, route: Route) -> Applied:
        self.asked["apply"] += 1
        applied = await super().apply(route)
        self.after_apply()
        return applied

    async def close(self, port: int) -> None:
        self.asked["close"] += 1
        await super().close(port)

    async def observe(self) -> Observation:
        self.asked["observe"] += 1
        await asyncio.sleep(self.observing_takes)
        return await super().observe()

    async def resync(self, routes: Collection[Route]) -> None:
        self.asked["resync"] += 1
        await super().resync(routes)


class WatchedStorage(MemoryStorage):
    """Counts how often it is asked.

    Attributes:
        begun: units of work so far.
    """

    begun = 0

    def unit_of_work(self, fence: int | None = None) -> MemoryUnitOfWork:
        self.begun += 1
        return super().unit_of_work(fence)


@dataclass
class Town:
    """Everything but the processes.

    Attributes:
        grounds: on what grounds Services have ports; ``None``: none has.
        batch: how many of them are worked on together.
    """

    loop: asyncio.AbstractEventLoop
    policy: Policy = POLICY
    ports: PortRange = PORTS
    grounds: Grounds | None = None
    batch: int = 50

    def __post_init__(self) -> None:
        self.clock = LoopClock(self.loop)
        self.storage = WatchedStorage(self.loop.time)
        self.gateway = WatchedGateway(self.ports, self.clock, *([self.grounds.ports] if self.grounds else []))
        self.cluster = MemoryCluster(pod(), pod("api-1", "10.1.2.4"), pod("db-0", "10.1.2.5"))
        self.services = MemoryServices()
        self.metrics = MemoryMetrics()
        self.directory = MemoryDirectory()
        for person in (ALICE, BOB, CAROL):
            self.directory.add(person)
        self.directory.add(DAVE, [SRE])
        self.transactions = Transactions(self.storage, self.clock, Bell())
        terrain = Terrain(self.ports, REST)
        self.access = Access(self.transactions, self.cluster, self.directory, lambda: self.policy, terrain)
        self.queries = Queries(
            self.transactions, self.directory, lambda: self.policy, with_services=self.grounds is not None
        )

    @asynccontextmanager
    async def process(self, name: str = "one", *duties: Duty, bell: Bell | None = None) -> AsyncIterator["Process"]:
        """Run one process, until the end of the block; it shares the town's bell unless it is given its own."""
        process = Process(self, name, bell or self.transactions.bell, duties)
        process.start()
        try:
            yield process
        finally:
            await process.stop()

    # -- what people do -----------------------------------------------------------------------------------------------

    async def request(self, target: str = "payments/api-0:5005", ttl: timedelta = TTL, who: Person = ALICE) -> Mapping:
        return (await self.access.request(ask(target, ttl), Who(who), Place("C1"))).mapping

    async def approve(self, mapping: Mapping, who: Person = BOB, drawn: Terms | None = None) -> Mapping:
        return await self.access.approve(mapping.id, Who(who), drawn)

    async def open(self, target: str = "payments/api-0:5005", ttl: timedelta = TTL) -> Mapping:
        """Ask, approve, and wait until it is open."""
        mapping = await self.approve(await self.request(target, ttl))
        await asyncio.sleep(SOON)
        return await self.now(mapping)

    async def extend(self, mapping: Mapping, by: timedelta = TTL, who: Person = ALICE) -> Mapping:
        return await self.access.extend(Reference(mapping_id=mapping.id), by, Who(who))

    async def close(self, mapping: Mapping, who: Person = ALICE) -> Mapping:
        return await self.access.close(Reference(mapping_id=mapping.id), Who(who))

    def connect(self, mapping: Mapping, source: str = "10.0.0.1") -> MemoryConnection:
        """Come as a caller to a mapping's port."""
        assert mapping.port is not None
        return self.gateway.connect(mapping.port, source)

    # -- what is there ------------------------------------------------------------------------------------------------

    async def now(self, mapping: Mapping) -> Mapping:
        """Read a mapping again."""
        return await self.access.get(mapping.id)

    async def slot(self, mapping: Mapping) -> Slot:
        """What the gateway does on a mapping's port."""
        assert mapping.port is not None
        return (await self.gateway.observe()).slots[mapping.port]

    async def serves(self, mapping: Mapping) -> bool:
        """Whether the gateway does what the mapping says."""
        assert mapping.expires_at is not None
        return (await self.slot(mapping)).serves(mapping.route(mapping.expires_at))

    async def notices(self, mapping: Mapping, topic: str | None = None) -> list[Entry]:
        """What people are told of a mapping."""
        entries: Sequence[Entry] = await self.transactions.read(lambda uow: uow.outbox.waiting(self.clock.now()))
        return [e for e in entries if e.mapping_id == mapping.id and topic in {None, e.topic}]

    async def told(self, mapping: Mapping) -> list[str]:
        """The topics of it, but for the card's redrawing."""
        return [f"{e.topic}:{e.audience}" for e in await self.notices(mapping) if e.topic != "card"]

    async def record(self, mapping_id: MappingId | None = None) -> list[str]:
        """The events in the audit, oldest first."""
        entries: Sequence[AuditEntry] = await self.transactions.read(lambda uow: uow.audit.since(0, 10_000))
        return [entry.event for entry in entries if mapping_id is None or entry.mapping_id == mapping_id]


@dataclass
class Process:
    """What runs by itself."""

    town: Town
    name: str
    bell: Bell
    duties: Sequence[Duty] = ()
    task: asyncio.Task[None] | None = field(default=None, init=False)
    standing: Standing | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        town = self.town
        services = self._services() if town.grounds else None
        standstill = [Standstill(services).run] if services else []
        self.reconciler = Reconciler(town.gateway, lambda: town.policy, town.metrics, services)
        scheduler = LoopScheduler(town.loop, town.clock, self._due)
        self.timers = Timers(scheduler, town.metrics)
        self.watching = Watching(town.cluster)
        self.leadership = Leadership(town.storage.lease, self.name)
        transactions = Transactions(town.storage, town.clock, self.bell)
        parts = (self.reconciler, self.timers, self.watching)
        duties = [*self.duties, *standstill, *([self.standing.run] if self.standing else [])]
        self.engine = Engine(transactions, self.leadership, town.storage.changes, parts, duties)

    def _services(self) -> ServicePorts:
        """Let Services have ports as well."""
        town, rows = self.town, StandingRows()
        assert town.grounds is not None
        self.standing = Standing(town.services, rows, town.grounds, town.metrics, port_name=PORT_NAME, batch=town.batch)
        return ServicePorts(town.gateway, rows, town.grounds, town.batch)

    def _due(self, mapping_id: MappingId) -> None:
        self.timers.due(mapping_id)

    def start(self) -> None:
        self.task = asyncio.create_task(self.engine.run())

    async def stop(self) -> None:
        """End it in good order."""
        assert self.task is not None
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
