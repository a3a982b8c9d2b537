"""Time: appointments that say "look at this mapping again", and a sweep every second behind them."""

import asyncio
from typing import Final

import structlog

from core.domain import living
from core.domain.errors import LostLease, LostRace, NoSuchMapping, StorageUnavailable
from core.domain.mapping import Decision, Mapping, MappingId
from core.domain.states import LIVE
from core.interfaces import Metrics, Scheduler
from core.services.tasks import start
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
        self._keeping: tuple[asyncio.TaskGroup, Transactions] | None = None

    async def run(self, transactions: Transactions) -> None:
        """Catch up on what was missed, make the appointments anew from the rows, keep them, and sweep, until cancelled.

        Raises:
            LostLease: another process keeps the timers by now.
        """
        async with asyncio.TaskGroup() as tasks:
            self._keeping = tasks, transactions
            try:
                with transactions.bell.listening(self._note):
                    await self._sweep(transactions)
            finally:
                self._keeping = None

    def due(self, mapping_id: MappingId) -> None:
        """Look at a mapping now; ignored where another process keeps the timers."""
        if self._keeping is not None:
            tasks, transactions = self._keeping
            start(tasks, self._look_safely(mapping_id, transactions))

    def _note(self, mapping: Mapping) -> None:
        if mapping.due_at is None:
            self._scheduler.forget(mapping.id)
        else:
            self._scheduler.look_at(mapping.id, mapping.due_at)

    async def _sweep(self, transactions: Transactions) -> None:
        away = True
        while True:
            try:
                if away:
                    await self._appoint_all(transactions)
                await self.sweep_once(transactions, away=away)
                away = False
            except StorageUnavailable as exc:
                log.warning("timers.storage_unavailable", message=str(exc))
            await asyncio.sleep(SWEEP_EVERY)

    async def _appoint_all(self, transactions: Transactions) -> None:
        """Make the appointments that lie ahead; what is overdue is the sweep's, which knows that nobody was there."""
        live = await transactions.read(lambda uow: uow.mappings.live())
        now = transactions.clock.now()
        for mapping in live:
            if mapping.due_at is not None and mapping.due_at > now:
                self._note(mapping)

    async def sweep_once(self, transactions: Transactions, *, away: bool = False) -> None:
        """Look at every row that is due.

        Args:
            transactions: to look and to decide with.
            away: nobody has looked for a while.
        """
        now = transactions.clock.now()
        for mapping in await transactions.read(lambda uow: uow.mappings.due(now)):
            await self._look(mapping.id, transactions, away=away)

    async def _look_safely(self, mapping_id: MappingId, transactions: Transactions) -> None:
        try:
            await self._look(mapping_id, transactions)
        except StorageUnavailable as exc:
            log.warning("timers.storage_unavailable", message=str(exc), id=mapping_id)  # the sweep comes by again

    async def _look(self, mapping_id: MappingId, transactions: Transactions, *, away: bool = False) -> None:
        async def work(ledger: Ledger) -> Decision | None:
            mapping = await ledger.uow.mappings.get(mapping_id)
            decision = living.due(mapping, transactions.clock.now(), away=away)
            if decision is not None:
                await ledger.record(decision)
            else:
                self._note(mapping)  # it came early, or the end has moved
            return decision

        try:
            brought = await transactions.commit(work)
        except (LostRace, NoSuchMapping) as exc:
            log.info("timers.look_failed", id=mapping_id, error=type(exc).__name__)  # the sweep comes by again
            return
        except (StorageUnavailable, LostLease):
            raise
        except Exception:  # a defect that one mapping meets must not keep the others from their ends
            log.exception("timers.look_broke", id=mapping_id)
            return
        if brought is not None:
            log.info("mapping.due", id=mapping_id, what=brought.event.value, state=brought.mapping.state.value)

    async def count(self, transactions: Transactions) -> None:
        """Bring the gauges up to date: live mappings by state, and the age of the oldest notice."""
        counts = await transactions.read(lambda uow: uow.mappings.count_live())
        oldest = await transactions.read(lambda uow: uow.outbox.oldest())
        self._metrics.mappings({state.value: counts.get(state, 0) for state in LIVE})
        age = (transactions.clock.now() - oldest).total_seconds() if oldest else 0.0
        self._metrics.outbox_age(age)
