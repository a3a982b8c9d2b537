from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from types import TracebackType
from typing import Literal, Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from core.adapters.database import audit, bulletins, freezes, keys, lease, mappings, outbox, posts, standing, upkeep
from core.adapters.database.changes import DatabaseChanges
from core.adapters.database.engine import PLAIN_READS
from core.adapters.database.errors import translated
from core.adapters.database.inbox import Inbox
from core.adapters.database.tables import lease as lease_table
from core.adapters.database.transaction import Transaction, despite_a_dead_connection, turn
from core.domain.mapping import Decision, Mapping
from core.domain.record import note_of_decision
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
    Upkeep,
)


class SqlUnitOfWork:
    """One transaction; see ``core.interfaces.UnitOfWork`` for its promises. No other runs beside it, in any process."""

    mappings: Mappings
    outbox: Outbox
    posts: Posts
    audit: Audit
    standing: StandingPorts
    keys: RequestKeys
    upkeep: Upkeep
    bulletins: Bulletins
    freezes: Freezes

    def __init__(self, storage: "SqlStorage", fence: int | None) -> None:
        self._engine, self._changes, self._inbox = storage.engine, storage.changes, storage.inbox
        self._limit, self._fence = storage.limit, fence
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        with translated():
            self._transaction = await despite_a_dead_connection(self._begin)
        self.mappings = mappings.SqlMappings(self._transaction)
        self.outbox = outbox.SqlOutbox(self._transaction)
        self.posts = posts.SqlPosts(self._transaction)
        self.audit = audit.SqlAudit(self._transaction)
        self.keys = keys.SqlKeys(self._transaction)
        self.upkeep = upkeep.SqlUpkeep(self._transaction)
        self.bulletins = bulletins.SqlBulletins(self._transaction)
        self.freezes = freezes.SqlFreezes(self._transaction)
        self.standing = standing.SqlStandingPorts(self._transaction)
        return self

    async def _begin(self) -> Transaction:
        return await self._stack.enter_async_context(turn(self._engine, self._limit))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        with translated():
            await self._stack.__aexit__(kind, error, trace)
        return False

    async def record(self, decision: Decision) -> Mapping:
        """Write a decision: the mapping, the audit entry and the notices."""
        saved = await mappings.save(self._transaction, decision.mapping, decision.before, decision.at)
        await audit.enter(self._transaction, [note_of_decision(decision, saved.id)])
        await outbox.enqueue(self._transaction, saved.id, decision.notices, decision.at)
        return saved

    async def refuse(self, refusal: Refusal) -> None:
        """Write what was refused into the audit."""
        await audit.enter(self._transaction, [refusal.note])

    async def take(self, delivery: str, now: datetime) -> None:
        """Write a delivery's key into the inbox; keys older than an hour are forgotten."""
        await self._inbox.take(self._transaction, delivery, now)

    async def commit(self) -> None:
        """Make it all permanent, end the transaction, and wake everybody who listens.

        Where the connection breaks while the database commits, ``StorageUnavailable`` is raised and nobody can say
        whether it did; a second attempt meets the row's new version, or the delivery in the inbox.
        """
        transaction = self._transaction
        if self._fence is not None:
            await lease.check_fence(transaction, self._fence)
        with translated():
            if transaction.wrote:
                await self._changes.announce(transaction.connection)
            await transaction.commit()
            await self._stack.aclose()
        if transaction.wrote:
            self._changes.ring()


class SqlStorage:
    """Units of work over one engine, each bounded in time: it is also the time that others wait for their turn."""

    def __init__(self, engine: AsyncEngine, changes: DatabaseChanges, patience: timedelta) -> None:
        self.engine, self.changes, self.inbox = engine, changes, Inbox()
        self.limit = 2 * patience  # to wait, and to work

    def unit_of_work(self, fence: int | None = None) -> SqlUnitOfWork:
        """Open a transaction; with ``fence``, one that commits only while that lease is in force."""
        return SqlUnitOfWork(self, fence)

    async def check(self) -> None:
        """Read one row, without waiting for anybody's transaction.

        Raises:
            StorageUnavailable: it cannot be read.
        """
        with translated():
            await despite_a_dead_connection(self._read_one_row)

    async def _read_one_row(self) -> None:
        async with self.engine.connect() as connection:
            await connection.execution_options(**{PLAIN_READS: True})
            await connection.execute(select(lease_table.c.fence))
