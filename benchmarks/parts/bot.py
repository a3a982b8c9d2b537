"""The mapping engine on a real SQLite file, with neither Slack nor a cluster around it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from benchmarks.parts.pod import NAMESPACE
from core.adapters.clock import SystemClock
from core.adapters.database import migrate
from core.adapters.database.database import Database
from core.adapters.memory.cluster import MemoryCluster
from core.adapters.memory.directory import MemoryDirectory
from core.adapters.memory.metrics import MemoryMetrics
from core.adapters.scheduler import ApScheduler
from core.domain.mapping import Mapping, MappingId, Place, Reference
from core.domain.people import Person, TeamId, UserId
from core.domain.pod import Pod
from core.domain.policy import Policy, Rule
from core.domain.request import Ask
from core.domain.states import LIVE, State
from core.domain.target import Kind, Target
from core.interfaces import Gateway
from core.services.access import Access, Terrain, Who
from core.services.engine import Engine
from core.services.leadership import Leadership
from core.services.reconciler import Reconciler
from core.services.timers import Timers
from core.services.transactions import Bell, Transactions
from core.services.watching import Watching

_TEAM: Final = TeamId("T1")
ALICE: Final = Person(_TEAM, UserId("UALICE"))
BOB: Final = Person(_TEAM, UserId("UBOB"))
POLICY: Final = Policy((Rule((NAMESPACE,)),))
_PATIENCE: Final = 60.0
PLACE: Final = Place("C1")


def asking(pod: Pod, ttl: timedelta) -> Ask:
    """For a pod's first port."""
    return Ask(Target(Kind.POD, pod.ref.namespace, pod.ref.name, pod.ports[0].number), ttl)


@dataclass(frozen=True, slots=True)
class Bot:
    """A running engine, and what its people do."""

    access: Access
    bell: Bell

    async def request(self, pod: Pod, ttl: timedelta) -> Mapping:
        """Alice asks."""
        return (await self.access.request(asking(pod, ttl), Who(ALICE), PLACE)).mapping

    async def approve(self, mapping: Mapping) -> Mapping:
        """Bob approves; returns the open mapping."""
        async with self._reaching(mapping.id, State.OPEN) as opened:
            await self.access.approve(mapping.id, Who(BOB), mapping.terms)
            return await opened

    async def open(self, pod: Pod, ttl: timedelta) -> Mapping:
        """Alice asks, Bob approves, the port opens."""
        return await self.approve(await self.request(pod, ttl))

    async def close(self, mapping: Mapping) -> None:
        """Alice closes; returns when the gateway has."""
        async with self._reaching(mapping.id, State.CLOSED) as closed:
            await self.access.close(Reference(mapping_id=mapping.id), Who(ALICE))
            await closed

    async def over(self, mapping: Mapping) -> None:
        """Wait until a mapping has ended."""
        async with self._reaching(mapping.id, State.CLOSED) as closed:
            if (await self.access.get(mapping.id)).state in LIVE:
                await closed

    @asynccontextmanager
    async def _reaching(self, mapping_id: MappingId, state: State) -> AsyncIterator[asyncio.Future[Mapping]]:
        reached: asyncio.Future[Mapping] = asyncio.get_running_loop().create_future()

        def look(mapping: Mapping) -> None:
            if mapping.id == mapping_id and mapping.state is state and not reached.done():
                reached.set_result(mapping)

        with self.bell.listening(look):
            async with asyncio.timeout(_PATIENCE):
                yield reached


@asynccontextmanager
async def bot(database: Path, gateway: Gateway, pods: Iterable[Pod]) -> AsyncIterator[Bot]:
    """Run the engine as ``serve`` does, for as long as the block lasts."""
    url = f"sqlite:///{database}"
    await migrate.upgrade(url)
    directory, metrics, bell = MemoryDirectory(), MemoryMetrics(), Bell()
    for person in (ALICE, BOB):
        directory.add(person)
    cluster = MemoryCluster(*pods)
    scheduler = ApScheduler(lambda mapping_id: timers.due(mapping_id))  # noqa: PLW0108 - made below
    timers = Timers(scheduler, metrics)
    async with Database(url) as sql, scheduler:
        transactions = Transactions(sql.storage, SystemClock(), bell)
        access = Access(transactions, cluster, directory, lambda: POLICY, Terrain(gateway.ports.ranges[0], timedelta()))
        parts = (Reconciler(gateway, lambda: POLICY, metrics), timers, Watching(cluster))
        engine = Engine(transactions, Leadership(sql.lease, "benchmarks"), sql.changes, parts)
        running = asyncio.create_task(engine.run())
        try:
            yield Bot(access, bell)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
