from datetime import timedelta
from typing import Final

from sqlalchemy import Double, and_, bindparam, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from core.adapters.database.errors import translated
from core.adapters.database.statements import Statement
from core.adapters.database.tables import lease
from core.adapters.database.transaction import Transaction, despite_a_dead_connection
from core.domain.errors import LostLease
from core.interfaces import Tenure

_NAME: Final = "engine"
_OURS: Final = lease.c.name == _NAME
_LONG_AGO: Final = 0.0
_BELIEVED: Final = 60.0
"""Seconds beyond its length that a lease may seem to run; if it is more, it was taken before the clock was put back."""


class DatabaseTime(FunctionElement[float]):
    """Seconds since 1970 by the one clock that all processes share: PostgreSQL's, or that of SQLite's host."""

    type = Double()
    inherit_cache = True


def _taking() -> Statement:
    seconds = bindparam("seconds", type_=Double)
    running = and_(lease.c.until > DatabaseTime(), lease.c.until < DatabaseTime() + seconds + _BELIEVED)
    ours = lease.c.holder == bindparam("who")
    taken = (
        update(lease)
        .where(_OURS, or_(ours, ~running))
        .values(
            holder=bindparam("who"),
            fence=case((and_(ours, running), lease.c.fence), else_=lease.c.fence + 1),
            until=DatabaseTime() + seconds,
        )
        .returning(lease.c.fence)
    )
    return Statement(taken)


_TAKE: Final = _taking()
_IN_FORCE: Final = Statement(
    select(lease.c.fence)
    .where(_OURS, lease.c.fence == bindparam("fence"), lease.c.until > DatabaseTime())
    .with_for_update(read=True)
)


@compiles(DatabaseTime, "postgresql")
def _postgres_time(element: DatabaseTime, compiler: SQLCompiler, **options: object) -> str:  # noqa: ARG001 - SQLAlchemy's signature
    return "extract(epoch FROM clock_timestamp())"  # now() is when the transaction began, perhaps before a long wait


@compiles(DatabaseTime, "sqlite")
def _sqlite_time(element: DatabaseTime, compiler: SQLCompiler, **options: object) -> str:  # noqa: ARG001 - SQLAlchemy's signature
    return "((julianday('now') - 2440587.5) * 86400.0)"  # the Julian day of 1970, and seconds of a day


class SqlLease:
    """The lease's row. Whether it has run out is asked of the database's clock, never of a process's own."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def take(self, holder: str, lasts: timedelta) -> Tenure | None:
        """Take or renew it; ``None`` while somebody else holds it.

        Raises:
            StorageUnavailable: the database is locked, full or away; whether it was renewed is unknown.
        """

        async def attempt() -> int | None:
            async with self._engine.begin() as connection:
                return await _take(connection, holder, lasts)

        with translated():
            fence = await despite_a_dead_connection(attempt)
        return None if fence is None else Tenure(holder, fence, lasts)

    async def give_back(self, tenure: Tenure) -> None:
        """Let the next one have it at once.

        Raises:
            StorageUnavailable: see ``take``.
        """
        held = (_OURS, lease.c.holder == tenure.holder, lease.c.fence == tenure.fence)
        with translated():
            async with self._engine.begin() as connection:
                await connection.execute(update(lease).where(*held).values(until=_LONG_AGO))


async def _take(connection: AsyncConnection, holder: str, lasts: timedelta) -> int | None:
    values = {"who": holder, "seconds": lasts.total_seconds()}
    rows = await Transaction(connection).rows(_TAKE, values)
    return int(rows[0].fence) if rows else None


async def check_fence(transaction: Transaction, fence: int) -> None:
    """Hold the lease's row until the transaction ends, so that nobody can take it between this look and the commit.

    Raises:
        LostLease: the fence is no longer in force.
    """
    if not await transaction.rows(_IN_FORCE, {"fence": fence}):
        raise LostLease(f"fence {fence} is no longer in force")
