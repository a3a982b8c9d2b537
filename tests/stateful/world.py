"""What the machine of ``test_engine`` plays with: everything outside of the bot, and a bot that can be killed."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address
from itertools import count
from typing import Any, Final, TypeVar

from core.adapters.memory.cluster import MemoryCluster
from core.adapters.memory.directory import MemoryDirectory
from core.adapters.memory.gateway import MemoryGateway
from core.adapters.memory.metrics import MemoryMetrics
from core.adapters.memory.services import PORT_NAME, MemoryServices
from core.adapters.memory.storage import MemoryStorage
from core.domain.mapping import Mapping, MappingId
from core.domain.people import Client, Person
from core.domain.pod import ContainerPort, Phase, Pod
from core.domain.policy import Policy, ProbeMode, Rule
from core.domain.route import PortRange, Ports
from core.domain.service import Service, ServiceRef
from core.domain.standing import Grounds
from core.domain.target import PodRef, PodUid
from core.services.access import Access, Terrain
from core.services.brakes import Brakes
from core.services.direct import Direct
from core.services.engine import Duty, Engine
from core.services.leadership import Leadership
from core.services.reconciler import Reconciler
from core.services.service_ports import ServicePorts
from core.services.standing import Standing
from core.services.standing_rows import StandingRows
from core.services.standstill import Standstill
from core.services.timers import Timers
from core.services.transactions import Bell, Transactions
from core.services.watching import Watching
from tests.stateful.mortal import Life, MortalGateway, MortalLease, MortalStorage
from tests.unit.core.samples import ALICE, BOB, CAROL, DAVE, SECOND, operators
from tests.virtual_time import LoopClock, LoopScheduler, VirtualTimeLoop

T = TypeVar("T")

PEOPLE: Final[tuple[Person, ...]] = (ALICE, BOB, CAROL, DAVE)
CLIENTS: Final = (Client("ci"), Client("loopback"))
PORTS: Final = PortRange(10_000, 10_002)
ENTRY: Final = 8_849
_SHORT: Final = Rule(
    (),
    default_ttl=30 * SECOND,
    max_ttl=60 * SECOND,
    max_lifetime=60 * SECOND,
    pending_ttl=60 * SECOND,
    remind_after=14 * SECOND,
    warn_before=5 * SECOND,
)
RULES: Final = {
    "free": replace(_SHORT, namespaces=("free",), approvals=0),
    "one": replace(_SHORT, namespaces=("one",), max_lifetime=90 * SECOND, probe=ProbeMode.CONNECT),
    "two": replace(_SHORT, namespaces=("two",), approvals=2, max_lifetime=120 * SECOND, extension_approvals=1),
    "direct": replace(_SHORT, namespaces=("direct",), approvals=2, probe=ProbeMode.CONNECT, v1=True),
}
POLICY: Final = Policy(tuple(RULES.values()), operators(CAROL))
PODS: Final = (PodRef("free", "a-0"), PodRef("one", "a-0"), PodRef("one", "b-0"), PodRef("two", "a-0"))
DIRECT_PODS: Final = (PodRef("direct", "a-0"), PodRef("direct", "b-0"))
ALL_PODS: Final = (*PODS, *DIRECT_PODS)


class WatchedGateway(MemoryGateway):
    """Remembers since when each port has been serving without a break.

    Attributes:
        serving_since: by port.
    """

    def __init__(self, clock: LoopClock, *ports: PortRange) -> None:
        self.serving_since: dict[int, datetime] = {}
        super().__init__(Ports.of(*ports), clock)

    def tick(self) -> None:
        super().tick()
        now = self._clock.now()
        serving = {port for port, slot in self._slots.items() if slot.serving}
        self.serving_since = {port: self.serving_since.get(port, now) for port in serving}


class Bot:
    """One process, from its start to its death."""

    def __init__(self, world: "World", name: str) -> None:
        self.life = Life()
        storage, gateway = MortalStorage(world.storage, self.life), MortalGateway(world.gateway, self.life)
        transactions = Transactions(storage, world.clock, Bell())
        terrain = Terrain(PORTS, rest=20 * SECOND, entry=ENTRY)
        self.access = Access(transactions, world.cluster, world.directory, lambda: POLICY, terrain)
        self.brakes = Brakes(transactions, world.directory, lambda: POLICY)
        self.direct = Direct(transactions, world.cluster, lambda: POLICY, terrain)
        self._timers = Timers(LoopScheduler(world.loop, world.clock, self._due), world.metrics)
        services, duties = self._services(world, gateway)
        reconciler = Reconciler(gateway, lambda: POLICY, world.metrics, services)
        parts = (reconciler, self._timers, Watching(world.cluster))
        leadership = Leadership(MortalLease(world.storage.lease, self.life), name)
        duties.append(Standstill(services).run)
        self._engine = Engine(transactions, leadership, world.storage.changes, parts, duties)
        self._task: asyncio.Task[None] | None = None

    def _services(self, world: "World", gateway: MortalGateway) -> tuple[ServicePorts | None, list[Duty]]:
        """Let Services have ports, where the world says on what grounds; what the cluster shows is read anew."""
        if world.grounds is None:
            return None, []
        rows = StandingRows()
        world.read_services_anew()
        standing = Standing(world.services, rows, world.grounds, world.metrics, port_name=PORT_NAME, batch=2)
        return ServicePorts(gateway, rows, world.grounds, 2), [standing.run]

    def _due(self, mapping_id: MappingId) -> None:
        self._timers.due(mapping_id)

    def start(self) -> None:
        self._task = asyncio.create_task(self._engine.run())

    async def clear_out(self) -> None:
        """Take away what is left of it: nothing of that does anything any more."""
        self.life.bury()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task


class World:
    """Everything, and the time it goes by.

    Args:
        grounds: on what grounds Services have ports; ``None``: none has.
        service_ports: what the gateway has for them.
    """

    def __init__(self, grounds: Grounds | None = None, *service_ports: PortRange) -> None:
        self.grounds, self.services = grounds, MemoryServices()
        self.shown: dict[ServiceRef, tuple[Service, str]] = {}
        self.loop = VirtualTimeLoop()
        self.clock = LoopClock(self.loop)
        self.storage = MemoryStorage(self.loop.time)
        self.gateway = WatchedGateway(self.clock, PORTS, PortRange(ENTRY, ENTRY), *service_ports)
        self.cluster = MemoryCluster(*(self.pod(ref, 0, 0) for ref in ALL_PODS))
        self.metrics = MemoryMetrics()
        self.directory = MemoryDirectory()
        for person in PEOPLE:
            self.directory.add(person)
        self._names = (f"bot-{n}" for n in count(1))
        self.loop.run_until_complete(self._begin())

    async def _begin(self) -> None:
        self.bot = Bot(self, next(self._names))
        self.bot.start()
        await asyncio.sleep(0.5)

    @staticmethod
    def pod(ref: PodRef, incarnation: int, address: int) -> Pod:
        """A pod that runs."""
        number = ALL_PODS.index(ref)
        ports = (ContainerPort(80, "http"), ContainerPort(5005, "debug"))
        uid = PodUid(f"{ref}-{incarnation}")
        at = ip_address(f"10.{number}.{incarnation}.{1 + address}")
        return Pod(ref, uid, Phase.RUNNING, at, ready=True, ports=ports)

    def show(self, service: Service, port_name: str) -> None:
        """Have the cluster show a Service, with a port of this name."""
        self.shown[service.ref] = service, port_name
        self.services.put(service, port_name)

    def delete(self, ref: ServiceRef) -> None:
        """Have a Service be gone."""
        if self.shown.pop(ref, None):
            self.services.delete(ref)

    def read_services_anew(self) -> None:
        """Know nothing of any namespace until it is read."""
        self.services = MemoryServices()
        for service, port_name in self.shown.values():
            self.services.put(service, port_name)

    # -- time ---------------------------------------------------------------------------------------------------------

    def do(self, what: Coroutine[Any, Any, T]) -> T | None:
        """Have something done by the bot; ``None`` where it died over it. It is replaced then."""
        return self.loop.run_until_complete(self._unless_it_dies(what))

    def wait(self, seconds: float) -> None:
        """Let time go by, with a bot that is replaced at once when it dies."""
        end = self.loop.time() + seconds
        while (left := end - self.loop.time()) > 0:
            self.do(asyncio.sleep(left))

    async def _unless_it_dies(self, what: Coroutine[Any, Any, T]) -> T | None:
        task, death = asyncio.ensure_future(what), asyncio.ensure_future(self.bot.life.died.wait())
        await asyncio.wait([task, death], return_when=asyncio.FIRST_COMPLETED)
        if self.bot.life.died.is_set():
            await self._replace_bot()
        death.cancel()
        if task.done():
            return task.result()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return None

    async def _replace_bot(self) -> None:
        await self.bot.clear_out()
        await self._begin()

    def kill(self) -> None:
        """Kill the bot here and now, and start another one."""
        self.loop.run_until_complete(self._replace_bot())

    def end(self) -> None:
        """Stop everything."""
        try:
            self.loop.run_until_complete(self.bot.clear_out())
        finally:
            self.loop.close()

    # -- looking ------------------------------------------------------------------------------------------------------

    @property
    def mappings(self) -> list[Mapping]:
        """Every row there is."""
        return list(self.storage.tables.mappings.values())

    def recover(self) -> None:
        """Mend everything that is broken outside of the bot."""
        self.storage.fail_with(None, on="begin")
        self.storage.fail_with(None, on="commit")
        if self.gateway._running:
            self.gateway.recover()
        else:
            self.gateway.restart()
        self.cluster.recover()
        self.services.recover()
        self.directory.reachable = True
        self.let_cling(on=False)

    def let_cling(self, *, on: bool = True) -> None:
        """Let connections outlive every cut, or no longer."""
        for port in (ENTRY, *PORTS.numbers()):
            self.gateway.cling(port, on=on)

    def lose_directory(self) -> None:
        """Let nobody be looked up."""
        self.directory.reachable = False
