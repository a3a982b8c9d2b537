"""Adapters that die with their process: at one call, before it is done or after, everything stops where it is."""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self

from core.adapters.memory.gateway import MemoryGateway
from core.adapters.memory.storage import MemoryLease, MemoryStorage, MemoryUnitOfWork
from core.domain.errors import GatewayUnreachable, StorageUnavailable
from core.domain.mapping import Decision, Mapping
from core.domain.route import Applied, Observation, Ports, Probe, Rejections, Route, Usage
from core.domain.target import Endpoint
from core.interfaces import (
    Audit,
    Bulletins,
    Freezes,
    Mappings,
    Outbox,
    Posts,
    Refusal,
    RequestKeys,
    StandingPorts,
    Tenure,
    Upkeep,
)

LATENCY: Final = 0.02
"""Seconds of each call to the gateway, and as long again before its answer is there."""


class Life:
    """The time that a process has to live, counted in what it does to the outside."""

    def __init__(self) -> None:
        self.died = asyncio.Event()
        self._left: int | None = None
        self._buried = False

    def ends_after(self, calls: int) -> None:
        """Let it do so much more; each thing that is done counts twice, before and after."""
        self._left = calls

    def goes_on(self) -> None:
        """Let it live for ever."""
        self._left = None

    def bury(self) -> None:
        """Take it away; whatever it still tries while it is cleared out fails, undone."""
        self._buried = True

    async def spend(self, error: Exception) -> None:
        """Come to a point where a process can die; who has died never comes back from here."""
        if self._buried:
            raise error
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                self.died.set()
        if self.died.is_set():
            await asyncio.Event().wait()


class MortalGateway:
    """A gateway as a process that may die sees it; whatever is asked of it takes a while, in which others may act."""

    def __init__(self, gateway: MemoryGateway, life: Life) -> None:
        self._gateway, self._life = gateway, life

    @property
    def ports(self) -> Ports:
        return self._gateway.ports

    async def epoch(self) -> str:
        await self._spend()
        return await self._gateway.epoch()

    async def observe(self) -> Observation:
        await self._spend()
        return await self._gateway.observe()

    async def apply(self, route: Route) -> Applied:
        await self._spend()
        applied = await self._gateway.apply(route)
        await self._spend()
        return applied

    async def close(self, port: int) -> None:
        await self._spend()
        await self._gateway.close(port)
        await self._spend()

    async def resync(self, routes: Collection[Route]) -> None:
        await self._spend()
        await self._gateway.resync(routes)
        await self._spend()

    async def usage(self, port: int) -> Usage:
        await self._spend()
        return await self._gateway.usage(port)

    async def refused(self) -> Rejections:
        await self._spend()
        return await self._gateway.refused()

    async def probe(self, endpoint: Endpoint) -> Probe:
        await self._spend()
        return await self._gateway.probe(endpoint)

    async def _spend(self) -> None:
        await self._life.spend(GatewayUnreachable("memory", "we are dead"))
        await asyncio.sleep(LATENCY)


class MortalUnitOfWork:
    """A transaction; dying leaves it uncommitted, or committed without anybody knowing."""

    mappings: Mappings
    outbox: Outbox
    posts: Posts
    audit: Audit
    standing: StandingPorts
    keys: RequestKeys
    freezes: Freezes
    upkeep: Upkeep
    bulletins: Bulletins

    def __init__(self, uow: MemoryUnitOfWork, life: Life) -> None:
        self._uow, self._life = uow, life

    async def __aenter__(self) -> Self:
        await self._spend()
        await self._uow.__aenter__()
        self.mappings, self.outbox = self._uow.mappings, self._uow.outbox
        self.posts, self.audit = self._uow.posts, self._uow.audit
        self.standing, self.keys = self._uow.standing, self._uow.keys
        self.freezes = self._uow.freezes
        self.upkeep, self.bulletins = self._uow.upkeep, self._uow.bulletins
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._uow.__aexit__(kind, error, trace)

    async def record(self, decision: Decision) -> Mapping:
        return await self._uow.record(decision)

    async def refuse(self, refusal: Refusal) -> None:
        await self._uow.refuse(refusal)

    async def take(self, delivery: str, now: datetime) -> None:
        await self._uow.take(delivery, now)

    async def commit(self) -> None:
        await self._spend()
        await self._uow.commit()
        await self._spend()

    async def _spend(self) -> None:
        await self._life.spend(StorageUnavailable("we are dead"))


class MortalStorage:
    """A database as a process that may die sees it."""

    def __init__(self, storage: MemoryStorage, life: Life) -> None:
        self._storage, self._life = storage, life

    def unit_of_work(self, fence: int | None = None) -> MortalUnitOfWork:
        return MortalUnitOfWork(self._storage.unit_of_work(fence), self._life)

    async def check(self) -> None:
        await self._storage.check()


class MortalLease:
    """A lease that the dead do not give back."""

    def __init__(self, lease: MemoryLease, life: Life) -> None:
        self._lease, self._life = lease, life

    async def take(self, holder: str, lasts: timedelta) -> Tenure | None:
        await self._life.spend(StorageUnavailable("we are dead"))
        return await self._lease.take(holder, lasts)

    async def give_back(self, tenure: Tenure) -> None:
        await self._life.spend(StorageUnavailable("we are dead"))
        await self._lease.give_back(tenure)
