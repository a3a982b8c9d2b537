"""The outbox and the posts as the relay uses them: short transactions, and none is open while Slack is asked."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Final

import structlog

from bot.slack.delivery.letters import LONGEST_PAUSE
from core.domain.errors import LostRace, StorageUnavailable
from core.domain.mapping import Mapping, MappingId
from core.interfaces import Entry, Post, UnitOfWork
from core.services.transactions import Ledger, Transactions

log = structlog.get_logger(__name__)

WRITE_AGAIN_AFTER: Final = 1.0
"""Seconds between two tries to write down what Slack has taken."""


class Postbox:
    """Reads what is to be told, and writes what was."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def ready(self, early: Collection[MappingId] = ()) -> Sequence[Entry]:
        """List what may be told now, oldest first; of the ``early`` mappings also what waits for its next try."""
        now = self._transactions.clock.now()

        async def question(uow: UnitOfWork) -> Sequence[Entry]:
            due = await uow.outbox.waiting(now)
            ahead = await uow.outbox.waiting(now + LONGEST_PAUSE) if early else ()
            return [e for e in due if e.mapping_id not in early] + [e for e in ahead if e.mapping_id in early]

        return await self._transactions.read(question)

    async def shown(self, mapping_id: MappingId) -> tuple[Mapping, Sequence[Post]]:
        """Read a mapping as it is now, with the messages that show it."""

        async def question(uow: UnitOfWork) -> tuple[Mapping, Sequence[Post]]:
            return await uow.mappings.get(mapping_id), await uow.posts.of(mapping_id)

        return await self._transactions.read(question)

    async def keep(self, post: Post) -> None:
        """Write down a message that shows a mapping."""
        await self._surely(lambda ledger: ledger.uow.posts.put(post))

    async def settle(self, entries: Sequence[Entry]) -> None:
        """Mark entries as told, or as overtaken."""
        now = self._transactions.clock.now()
        await self._surely(lambda ledger: ledger.uow.outbox.done([entry.id for entry in entries], now))

    async def postpone(self, entry: Entry, until: datetime, why: str) -> None:
        """Have an entry wait, and with it what came later of its mapping."""
        await self._transactions.commit(lambda ledger: ledger.uow.outbox.postpone(entry.id, until, why))

    async def bury(self, entries: Sequence[Entry], why: str) -> None:
        """Give entries up."""
        now = self._transactions.clock.now()

        async def work(ledger: Ledger) -> None:
            for entry in entries:
                await ledger.uow.outbox.bury(entry.id, why, now)

        await self._surely(work)

    async def _surely(self, work: Callable[[Ledger], Awaitable[None]]) -> None:
        """Commit, however long the database takes to come back: what was told and is not known would be told again."""
        while True:
            try:
                await self._transactions.commit(work)
            except (StorageUnavailable, LostRace) as exc:
                log.warning("relay.not_written_yet", error=type(exc).__name__, message=str(exc))
                await asyncio.sleep(WRITE_AGAIN_AFTER)
            else:
                return
