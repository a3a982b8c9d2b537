"""Everything that runs without being asked, put together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from core.domain.errors import LostLease, StorageUnavailable
from core.domain.mapping import MappingId
from core.interfaces import AuditEntry, Changes, UnitOfWork
from core.services.leadership import Leadership
from core.services.reconciler import Reconciler
from core.services.timers import Timers
from core.services.transactions import Transactions
from core.services.watching import Watching

log = structlog.get_logger(__name__)

Duty = Callable[[Transactions], Awaitable[None]]
"""What only the holder of the lease does: runs until cancelled, and writes through the transactions it is given."""

_AGAIN_AFTER: Final = 1.0
"""Seconds before a duty that broke begins again."""
COUNT_EVERY: Final = 5.0
"""Seconds between two updates of the gauges."""


class Engine:
    """Runs the duties while this process holds the lease.

    Args:
        duties: beside the engine's own, such as the relay that posts notices.
    """

    def __init__(
        self,
        transactions: Transactions,
        leadership: Leadership,
        changes: Changes,
        parts: tuple[Reconciler, Timers, Watching],
        duties: Sequence[Duty] = (),
    ) -> None:
        reconciler, timers, watching = parts
        self._transactions, self._changes, self.leadership = transactions, changes, leadership
        self._timers = timers
        self._versions: dict[MappingId, int] = {}
        self._duties: tuple[Duty, ...] = (
            reconciler.run,
            timers.run,
            watching.run,
            self._hear_of_others,
            self._count,
            *duties,
        )

    async def run(self) -> None:
        """Run until cancelled."""
        await self.leadership.run(self._all_duties)

    async def _all_duties(self, fence: int) -> None:
        transactions = self._transactions.fenced(fence)
        async with asyncio.TaskGroup() as tasks:
            for duty in self._duties:
                tasks.create_task(_kept_up(duty, transactions))

    async def _hear_of_others(self, transactions: Transactions) -> None:
        """Ring the bell for what other processes committed, and for what was rung before anybody listened."""
        with transactions.bell.listening(lambda m: self._versions.__setitem__(m.id, m.version)):
            cursor = await transactions.read(_latest)
            async for _ in self._changes.commits():
                cursor = await self._ring_since(cursor, transactions)

    async def _ring_since(self, cursor: int, transactions: Transactions) -> int:
        try:
            entries: Sequence[AuditEntry] = await transactions.read(lambda uow: uow.audit.since(cursor))
            changed = {entry.mapping_id for entry in entries if entry.mapping_id is not None}
            for mapping_id in changed:
                await self._ring(mapping_id, transactions)
        except StorageUnavailable as exc:
            log.warning("changes.storage_unavailable", message=str(exc))
            return cursor
        return entries[-1].id if entries else cursor

    async def _ring(self, mapping_id: MappingId, transactions: Transactions) -> None:
        mapping = await transactions.read(lambda uow: uow.mappings.get(mapping_id))
        if self._versions.get(mapping_id, 0) < mapping.version:
            transactions.bell.ring(mapping)

    async def _count(self, transactions: Transactions) -> None:
        while True:
            try:
                await self._timers.count(transactions)
            except StorageUnavailable as exc:
                log.warning("metrics.storage_unavailable", message=str(exc))
            await asyncio.sleep(COUNT_EVERY)


async def _latest(uow: UnitOfWork) -> int:
    entries = await uow.audit.latest(1)
    return entries[0].id if entries else 0


async def _kept_up(duty: Duty, transactions: Transactions) -> None:
    """Run a duty, and begin it again where it breaks: the others go on meanwhile, cuts above all."""
    while True:
        try:
            await duty(transactions)
        except* LostLease:
            raise
        except* Exception:  # supervision: a defect in one duty must not end the others; it is logged with its trace
            log.exception("duty.broke", duty=getattr(duty, "__qualname__", repr(duty)))
            await asyncio.sleep(_AGAIN_AFTER)
