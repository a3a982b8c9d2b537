"""The database's twin: one unit of work at a time, each on a copy that takes the original's place when it commits."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Literal, Self

from core.adapters.database.doorbell import Doorbell
from core.adapters.memory.freezes import MemoryFreezes
from core.adapters.memory.standing import MemoryStandingPorts
from core.adapters.memory.tables import MemoryAudit, MemoryKeys, MemoryMappings, MemoryOutbox, MemoryPosts, MemoryTables
from core.adapters.memory.upkeep import MemoryBulletins, MemoryUpkeep
from core.domain.errors import (
    AlreadyDelivered,
    LostLease,
    LostRace,
    OutsideError,
    StorageUnavailable,
)
from core.domain.mapping import UNSAVED, Decision, Mapping, MappingId, show_id
from core.domain.record import note_of_decision
from core.domain.states import HOLDING
from core.interfaces import (
    Audit,
    Bulletins,
    Entry,
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

DEFAULT_PATIENCE: Final = timedelta(seconds=5)
INBOX_MEMORY: Final = timedelta(hours=1)


class MemoryLease:
    """The lease of a ``MemoryStorage``.

    Args:
        monotonic: seconds that only grow.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._holder, self._fence, self._until = "", 0, float("-inf")

    async def take(self, holder: str, lasts: timedelta) -> Tenure | None:
        """Take or renew it; ``None`` while somebody else holds it."""
        now = self._monotonic()
        running = self._until > now
        if running and self._holder != holder:
            return None
        self._fence += not running
        self._holder, self._until = holder, now + lasts.total_seconds()
        return Tenure(holder, self._fence, lasts)

    async def give_back(self, tenure: Tenure) -> None:
        """Let the next one have it at once."""
        if (self._holder, self._fence) == (tenure.holder, tenure.fence):
            self._until = float("-inf")

    def in_force(self, fence: int) -> bool:
        """Whether a unit of work with this fence may commit."""
        return fence == self._fence and self._until > self._monotonic()


class MemoryChanges(Doorbell):
    """Rung by every commit of a ``MemoryStorage``."""


class MemoryStorage:
    """A database that lasts as long as its process.

    Attributes:
        lease: the lease whose fence its units of work may carry.
        changes: word of its commits.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, patience: timedelta = DEFAULT_PATIENCE) -> None:
        self.lease = MemoryLease(monotonic)
        self.changes = MemoryChanges()
        self.patience = patience
        self.tables = MemoryTables()
        self.turn = asyncio.Lock()
        self.failures: dict[Literal["begin", "commit"], OutsideError] = {}

    def fail_with(self, error: OutsideError | None, *, on: Literal["begin", "commit"] = "begin") -> None:
        """Raise this from now on when a unit of work begins, or commits; ``None``: work again."""
        self.failures.pop(on, None)
        if error is not None:
            self.failures[on] = error

    def unit_of_work(self, fence: int | None = None) -> "MemoryUnitOfWork":
        """Open a transaction; with ``fence``, one that commits only while that lease is in force."""
        return MemoryUnitOfWork(self, fence)

    async def check(self) -> None:
        """Answer a trivial question.

        Raises:
            StorageUnavailable: it was told to fail.
        """
        self.fail_if_told("begin")

    def fail_if_told(self, on: Literal["begin", "commit"]) -> None:
        """Raise what ``fail_with`` was given for this moment."""
        if on in self.failures:
            raise self.failures[on]


class MemoryUnitOfWork:
    """One transaction on a ``MemoryStorage``; see ``core.interfaces.UnitOfWork`` for its promises."""

    mappings: Mappings
    outbox: Outbox
    posts: Posts
    audit: Audit
    standing: StandingPorts
    keys: RequestKeys
    upkeep: Upkeep
    bulletins: Bulletins
    freezes: Freezes

    def __init__(self, storage: MemoryStorage, fence: int | None) -> None:
        self._storage, self._fence = storage, fence
        self._tables = MemoryTables()
        self._open = False

    async def __aenter__(self) -> Self:
        self._storage.fail_if_told("begin")
        try:
            async with asyncio.timeout(self._storage.patience.total_seconds()):
                await self._storage.turn.acquire()
        except TimeoutError as exc:
            raise StorageUnavailable("somebody else holds the database for too long") from exc
        self._open = True
        self._tables = self._storage.tables.copy()
        self.mappings, self.outbox = MemoryMappings(self._tables), MemoryOutbox(self._tables)
        self.posts, self.audit = MemoryPosts(self._tables), MemoryAudit(self._tables)
        self.keys = MemoryKeys(self._tables)
        self.upkeep, self.bulletins = MemoryUpkeep(self._tables), MemoryBulletins(self._tables)
        self.freezes = MemoryFreezes(self._tables)
        self.standing = MemoryStandingPorts(self._tables)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    async def record(self, decision: Decision) -> Mapping:
        """Write a decision: the mapping, the audit entry and the notices."""
        mapping = decision.mapping
        if mapping.id == UNSAVED:
            mapping = replace(mapping, id=MappingId(len(self._tables.mappings) + 1))
        else:
            known = self._tables.mappings.get(mapping.id)
            if known is None or known.version != mapping.version - 1:
                raise LostRace(f"{show_id(mapping.id)} was changed by somebody else")
        self._hold_port(mapping, decision.at)
        self._tables.mappings[mapping.id] = mapping
        self._tables.enter(note_of_decision(decision, mapping.id))
        self._enqueue(mapping.id, decision)
        self._tables.touched = True
        return mapping

    async def refuse(self, refusal: Refusal) -> None:
        """Write what was refused into the audit."""
        self._tables.enter(refusal.note)
        self._tables.touched = True

    async def take(self, delivery: str, now: datetime) -> None:
        """Write a delivery's key into the inbox; keys older than an hour are forgotten."""
        taken = self._tables.inbox.get(delivery)
        if taken is not None and taken >= now - INBOX_MEMORY:
            raise AlreadyDelivered(delivery)
        self._tables.inbox[delivery] = now
        self._tables.touched = True

    async def commit(self) -> None:
        """Put the copy in the original's place, and wake everybody who listens."""
        self._storage.fail_if_told("commit")
        if self._fence is not None and not self._storage.lease.in_force(self._fence):
            raise LostLease(f"fence {self._fence} is no longer in force")
        if not self._open:
            raise RuntimeError("this unit of work has ended")
        touched, self._tables.touched = self._tables.touched, False
        self._storage.tables = self._tables
        self._end()
        if touched:
            self._storage.changes.ring()

    def _end(self) -> None:
        if self._open:
            self._open = False
            self._storage.turn.release()

    def _hold_port(self, mapping: Mapping, at: datetime) -> None:
        if mapping.port is None:
            return
        holding = mapping.state in HOLDING
        last, released = self._tables.ports.get(mapping.port, (mapping.id, None))
        taken = last != mapping.id and released is None and mapping.port in self._tables.ports
        if holding and taken:
            raise LostRace(f"port {mapping.port} went to {show_id(last)}")
        self._tables.ports[mapping.port] = (mapping.id, None if holding else at)

    def _enqueue(self, mapping_id: MappingId, decision: Decision) -> None:
        for notice in decision.notices:
            if (mapping_id, notice.key) in self._tables.told:
                continue
            entry_id = len(self._tables.told) + 1
            self._tables.told[mapping_id, notice.key] = entry_id
            self._tables.waiting[entry_id] = Entry(
                entry_id, mapping_id, notice.topic, notice.audience, dict(notice.facts), decision.at, decision.at
            )
