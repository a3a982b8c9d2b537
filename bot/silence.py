"""The outbox where nobody is to be told: without Slack its entries are settled as they come."""

import asyncio
from contextlib import suppress
from typing import Final

import structlog

from core.domain.errors import StorageUnavailable
from core.domain.mapping import Mapping
from core.services.transactions import Ledger, Transactions

log = structlog.get_logger(__name__)

LOOK_EVERY: Final = 30.0
"""Seconds between two looks where no bell rings."""


class Silence:
    """A duty of the engine, in place of the relay."""

    def __init__(self, look_every: float = LOOK_EVERY) -> None:
        self._look_every = look_every

    async def run(self, transactions: Transactions) -> None:
        """Settle until cancelled, or until the lease is lost.

        Raises:
            LostLease: another process does this by now.
        """
        woken = asyncio.Event()

        def wake(_: Mapping) -> None:
            woken.set()

        with transactions.bell.listening(wake):
            while True:
                woken.clear()
                try:
                    await self._settle(transactions)
                except StorageUnavailable as exc:
                    log.warning("silence.storage_unavailable", message=str(exc))
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._look_every):
                        await woken.wait()

    async def _settle(self, transactions: Transactions) -> None:
        while True:
            now = transactions.clock.now()
            waiting = await transactions.read(lambda uow: uow.outbox.waiting(now))  # noqa: B023 - called at once
            if not waiting:
                return
            ids = [entry.id for entry in waiting]

            async def done(ledger: Ledger) -> None:
                await ledger.uow.outbox.done(ids, now)  # noqa: B023 - within this round only

            await transactions.commit(done)
