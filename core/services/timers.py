"""Time: appointments that say "look at this mapping again", and a sweep every second behind them."""

import asyncio
from typing import Final

import structlog

from core.domain import living
from core.domain.errors import LostRace, NoSuchMapping, StorageUnavailable
from core.domain.mapping import Mapping, MappingId
from core.domain.states import LIVE
from core.interfaces import Metrics, Scheduler
from core.services.transactions import Ledger, Transactions

log = structlog.get_logger(__name__)

SWEEP_EVERY: Final = 1.0
"""Seconds between two looks for due rows; late, doubled, lost and outdated appointments are harmless because of it."""


class Timers:
    """Keeps the appointments of all live mappings, and decides what time brings.

    The scheduler is to call ``due`` at each appointment.
    """

    def __init__(self, scheduler: Scheduler, metrics: Metrics) -> None:
        self._scheduler, self._metrics = scheduler, metrics
        self._transactions: Transactions | None = None
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self, transactions: Transactions) -> None:
        """Make the appointments anew from the rows, keep them, and sweep, until cancelled or the lease is lost."""
        self._transactions = transactions
        try:
            async with asyncio.TaskGroup() as self._tasks:
                with transactions.bell.listening(self._note):
                    await self._appoint_all(transactions)
                    await self._sweep(transactions)
        finally:
            self._tasks = self._transactions = None

    def due(self, mapping_id: MappingId) -> None:
        """Look at a mapping now; ignored where another process keeps the timers."""
        if self._tasks is not None and self._transactions is not None:
            self._tasks.create_task(self._look(mapping_id, self._transactions))

    def _note(self, mapping: Mapping) -> None:
        if mapping.due_at is None:
            self._scheduler.forget(mapping.id)
        else:
            self._scheduler.look_at(mapping.id, mapping.due_at)

    async def _appoint_all(self, transactions: Transactions) -> None:
        for mapping in await transactions.read(lambda uow: uow.mappings.live()):
            self._note(mapping)

    async def _sweep(self, transactions: Transactions) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            try:
                await self.sweep_once(transactions)
            except StorageUnavailable as exc:
                log.warning("timers.storage_unavailable", message=str(exc))

    async def sweep_once(self, transactions: Transactions) -> None:
        """Look at every row that is due."""
        now = transactions.clock.now()
        for mapping in await transactions.read(lambda uow: uow.mappings.due(now)):
            await self._look(mapping.id, transactions)

    async def _look(self, mapping_id: MappingId, transactions: Transactions) -> None:
        async def work(ledger: Ledger) -> None:
            mapping = await ledger.uow.mappings.get(mapping_id)
            decision = living.due(mapping, transactions.clock.now())
            if decision is not None:
                await ledger.record(decision)
                log.info("mapping.due", id=mapping_id, what=decision.event.value, state=decision.mapping.state.value)

        try:
            await transactions.commit(work)
        except (LostRace, NoSuchMapping, StorageUnavailable) as exc:
            log.info("timers.look_failed", id=mapping_id, error=type(exc).__name__)  # the sweep comes by again

    async def count(self, transactions: Transactions) -> None:
        """Bring the gauges up to date: live mappings by state, and the age of the oldest notice."""
        live = await transactions.read(lambda uow: uow.mappings.live())
        oldest = await transactions.read(lambda uow: uow.outbox.oldest())
        by_state = dict.fromkeys((state.value for state in LIVE), 0)
        for mapping in live:
            by_state[mapping.state.value] += 1
        self._metrics.mappings(by_state)
        age = (transactions.clock.now() - oldest).total_seconds() if oldest else 0.0
        self._metrics.outbox_age(age)
