"""One process of all converges, keeps timers, watches the cluster and relays: the holder of a fenced lease."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

import structlog

from core.domain.errors import LostLease, StorageUnavailable
from core.interfaces import Lease, Tenure

log = structlog.get_logger(__name__)

LASTS: Final = timedelta(seconds=5)
RENEW_EVERY: Final = 1.5
"""Seconds; three tries fit into one lease."""
TAKE_EVERY: Final = 0.5
"""Seconds between two tries to take it."""


class Leadership:
    """Takes the lease when it is free, and does the duty while it holds.

    Attributes:
        tenure: what is held now; ``None`` on a standby.
    """

    def __init__(self, lease: Lease, holder: str, lasts: timedelta = LASTS) -> None:
        self._lease, self._holder, self._lasts = lease, holder, lasts
        self.tenure: Tenure | None = None

    async def run(self, duty: Callable[[int], Awaitable[None]]) -> None:
        """Take, do, and take again, until cancelled; then the lease is given back.

        Args:
            duty: called with the fence; it runs until it is cancelled, or raises ``LostLease``.
        """
        while True:
            tenure, ends = await self._take()
            if tenure is None:
                await asyncio.sleep(TAKE_EVERY)
                continue
            log.info("lease.taken", holder=self._holder, fence=tenure.fence)
            self.tenure = tenure
            try:
                await self._hold(tenure, ends, duty)
            finally:
                self.tenure = None
                with suppress(StorageUnavailable):  # then it runs out by itself
                    await self._lease.give_back(tenure)
            log.warning("lease.lost", holder=self._holder, fence=tenure.fence)

    async def _take(self) -> tuple[Tenure | None, float]:
        """Take or renew; the end is counted from before the question was asked, on the loop's monotonic clock."""
        asked = asyncio.get_running_loop().time()
        try:
            tenure = await self._lease.take(self._holder, self._lasts)
        except StorageUnavailable as exc:
            log.warning("lease.storage_unavailable", message=str(exc))
            return None, asked
        return tenure, asked + (tenure.lasts.total_seconds() if tenure else 0.0)

    async def _hold(self, tenure: Tenure, ends: float, duty: Callable[[int], Awaitable[None]]) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                renewing = tasks.create_task(self._renew(tenure, ends))
                tasks.create_task(_until_done(duty(tenure.fence), renewing))
        except* LostLease as lost:
            log.warning("lease.overtaken", fence=tenure.fence, why=str(lost_lease(lost)))

    async def _renew(self, tenure: Tenure, ends: float) -> None:
        """Renew well before the end.

        Raises:
            LostLease: it ran out, or somebody else has it.
        """
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(RENEW_EVERY)
            try:
                async with asyncio.timeout_at(ends):
                    renewed, new_end = await self._take()
            except TimeoutError:
                raise LostLease("the lease ran out while it was being renewed") from None
            if renewed is not None and renewed.fence == tenure.fence:
                ends = new_end
            elif renewed is not None or loop.time() >= ends:
                raise LostLease("the lease ran out")


def lost_lease(exc: BaseException) -> LostLease | None:
    """Find out whether it was for the lost lease that something ended, alone or with others."""
    if isinstance(exc, BaseExceptionGroup):
        return next((lost for inner in exc.exceptions if (lost := lost_lease(inner))), None)
    return exc if isinstance(exc, LostLease) else None


async def _until_done(duty: Awaitable[None], renewing: asyncio.Task[None]) -> None:
    try:
        await duty
    finally:
        renewing.cancel()
