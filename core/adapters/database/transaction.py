import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final, TypeVar

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.adapters.database.engine import borrowed
from core.adapters.database.errors import translated
from core.adapters.database.sqlite_driver import OneVisitConnection, Work
from core.adapters.database.statements import Row, Statement, Values

T = TypeVar("T")
NO_VALUES: Final[Values] = {}

_TURN: Final = 0x706F642D70726F78
"""Key of the advisory lock that units of work take on PostgreSQL; spells "pod-prox"."""


class Transaction:
    """A connection inside a transaction, and whether anything was written in it.

    All verbs raise:
        StorageUnavailable: see ``errors``.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.wrote = False
        self._committed = False
        inner = connection.sync_connection
        driver = inner.connection.driver_connection if inner is not None else None
        self._sqlite = driver if isinstance(driver, OneVisitConnection) else None

    @property
    def backend(self) -> str:
        """The kind of database: ``sqlite`` or ``postgresql``."""
        return self.connection.dialect.name

    async def begin(self) -> None:
        """Begin, alone."""
        if self._sqlite is None:
            await self.connection.execute(select(func.pg_advisory_xact_lock(_TURN)))
        else:
            self._sqlite.begin_immediate()

    async def commit(self) -> None:
        """Make it all permanent."""
        await (self.connection if self._sqlite is None else self._sqlite).commit()
        self._committed = True

    async def end(self) -> None:
        """Roll back what was not committed; leaving a connection of SQLAlchemy's does so."""
        if self._sqlite is not None and not self._committed:
            await self._sqlite.rollback()

    async def rows(self, query: Statement, values: Values = NO_VALUES) -> Sequence[Row]:
        """Read."""
        with translated():
            if self._sqlite is None:
                return (await self.connection.execute(query.executable, values)).all()
            prepared = query.prepared(values)
            return prepared.rows((await self._sqlite.run(prepared.sql, prepared.bind(values))).rows)

    async def write(self, statement: Statement, values: Values | Sequence[Values] = NO_VALUES) -> int:
        """Write, once or for each of several values; returns how many rows were, where it is done once."""
        self.wrote = True
        with translated():
            if self._sqlite is None:
                return (await self.connection.execute(statement.executable, values)).rowcount
            if isinstance(values, Mapping):
                prepared = statement.prepared(values)
                return (await self._sqlite.run(prepared.sql, prepared.bind(values))).rowcount
            prepared = statement.prepared(values[0])
            return (await self._sqlite.run(prepared.sql, [*map(prepared.bind, values)], many=True)).rowcount

    async def write_later(self, statement: Statement, values: Values | Sequence[Values]) -> None:
        """Write, with the next statement or the commit at the latest; what goes wrong is told by that one."""
        if self._sqlite is not None:
            self._sqlite.postpone()
        await self.write(statement, values)

    async def do_later(self, work: Work) -> bool:
        """Do this on SQLite's own connection, with the next statement or the commit; ``False`` where it is another."""
        if self._sqlite is None:
            return False
        self.wrote = True
        self._sqlite.postpone()
        await self._sqlite.visit(work)
        return True

    async def add(self, statement: Statement, values: Values) -> int:
        """Insert one row and return its number, which the statement is to return."""
        self.wrote = True
        [row] = await self.rows(statement, values)
        return int(row.id)


@asynccontextmanager
async def turn(engine: AsyncEngine, limit: timedelta) -> AsyncIterator[Transaction]:
    """Begin a transaction that no other of its kind runs beside; rolled back unless it is committed within the limit.

    SQLite gives that by itself. On PostgreSQL an advisory lock does: the promise that nobody writes between what is
    read and what is written covers rows that are not there yet (two requests of one wish), which row locks cannot, and
    a serializable transaction would keep it by failing ones that did nothing wrong, after they had posted to Slack.

    Raises:
        TimeoutError: it took longer; whatever it was doing was cancelled.
    """
    async with asyncio.timeout(limit.total_seconds()), borrowed(engine) as connection:
        transaction = Transaction(connection)
        await transaction.begin()
        try:
            yield transaction
        finally:
            await transaction.end()


async def despite_a_dead_connection(operation: Callable[[], Awaitable[T]]) -> T:
    """Try once more where a pooled connection had died while it lay idle; its siblings are thrown away with it."""
    try:
        return await operation()
    except DBAPIError as exc:
        if not exc.connection_invalidated:
            raise
    return await operation()
