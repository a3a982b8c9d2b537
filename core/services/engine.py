"""Everything that runs without being asked, put together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from core.domain.errors import OutsideError, StorageUnavailable
from core.interfaces import Changes
from core.services.leadership import Leadership, lost_lease
from core.services.others_commits import OthersCommits
from core.services.reconciler import Reconciler
from core.services.timers import Timers
from core.services.transactions import Transactions
from core.services.watching import Watching

log = structlog.get_logger(__name__)

Duty = Callable[[Transactions], Awaitable[None]]
"""What only the holder of the lease does: runs until cancelled, and writes through the transactions it is given."""

_AGAIN_AFTER: Final = 1.0
"""Seconds before a duty that broke begins again."""
BROKEN_FOR: Final = 30.0
"""Seconds without breaking again after which a duty counts as whole."""
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
        self._transactions, self.leadership = transactions, leadership
        self._timers = timers
        self._broke_at = dict[str, float]()
        self._duties: tuple[Duty, ...] = (
            reconciler.run,
            timers.run,
            watching.run,
            OthersCommits(changes).run,
            self._count,
            *duties,
        )

    @property
    def broken(self) -> Sequence[str]:
        """The duties that a defect of ours ended a moment ago; they are begun again, and may break again."""
        since = asyncio.get_running_loop().time() - BROKEN_FOR
        return sorted(name for name, at in self._broke_at.items() if at > since)

    async def run(self) -> None:
        """Run until cancelled."""
        await self.leadership.run(self._all_duties)

    async def _all_duties(self, fence: int) -> None:
        transactions = self._transactions.fenced(fence)
        async with asyncio.TaskGroup() as tasks:
            for duty in self._duties:
                tasks.create_task(_kept_up(duty, transactions, self._broke))

    def _broke(self, name: str) -> None:
        self._broke_at[name] = asyncio.get_running_loop().time()

    async def _count(self, transactions: Transactions) -> None:
        while True:
            try:
                await self._timers.count(transactions)
            except StorageUnavailable as exc:
                log.warning("metrics.storage_unavailable", message=str(exc))
            await asyncio.sleep(COUNT_EVERY)


async def _kept_up(duty: Duty, transactions: Transactions, broke: Callable[[str], None]) -> None:
    """Run a duty, and begin it again where it breaks: the others go on meanwhile, cuts above all.

    Raises:
        LostLease: alone, however the duty wrapped it.
    """
    name = getattr(duty, "__qualname__", repr(duty))
    while True:
        try:
            await duty(transactions)
            log.error("duty.ended", duty=name)
        except Exception as exc:  # supervision: a defect in one duty must not end the others; it is logged
            lost = lost_lease(exc)
            if lost is not None:
                raise lost from exc
            if _is_from_outside(exc):
                log.warning("duty.put_off", duty=name, error=type(exc).__name__, message=str(exc))
            else:
                log.exception("duty.broke", duty=name)
                broke(name)
            if _is_being_cancelled():  # a task group that fails while it is cancelled tells of the failure only
                raise asyncio.CancelledError from exc
        await asyncio.sleep(_AGAIN_AFTER)


def _is_from_outside(exc: Exception) -> bool:
    """Whether nothing but the database, or the like, is to blame: then it is no defect."""
    if isinstance(exc, ExceptionGroup):
        return all(_is_from_outside(inner) for inner in exc.exceptions)
    return isinstance(exc, OutsideError)


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
