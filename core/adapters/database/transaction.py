import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, TypeAlias, TypeVar

from sqlalchemy import Executable, Row, Select, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.dml import ReturningInsert

from core.adapters.database.errors import translated
from core.adapters.database.sqlite_driver import OneVisitConnection

AnyRow: TypeAlias = Row[*tuple[Any, ...]]
Values: TypeAlias = Mapping[str, object]
T = TypeVar("T")

_TURN: Final = 0x706F642D70726F78
"""Key of the advisory lock that units of work take on PostgreSQL; spells "pod-prox"."""


class Transaction:
    """A connection inside a transaction, and whether anything was written in it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.wrote = False

    @property
    def backend(self) -> str:
        """The kind of database: ``sqlite`` or ``postgresql``."""
        return self.connection.dialect.name

    async def rows(self, query: Select[*tuple[Any, ...]], values: Values | None = None) -> Sequence[AnyRow]:
        """Read.

        A statement that is made once, and given its values here, costs half of one that is made anew: SQLAlchemy need
        not look through it to find that it has compiled it before.

        Raises:
            StorageUnavailable: see ``errors``; so do all the verbs here.
        """
        with translated():
            return (await self.connection.execute(query, values)).all()

    async def write(self, statement: Executable, values: Values | Sequence[Values] | None = None) -> int:
        """Write, once or for each of several values; returns how many rows were, where it is done once."""
        with translated():
            result = await self.connection.execute(statement, values)
        self.wrote = True
        return result.rowcount

    async def write_later(self, statement: Executable, values: Values | Sequence[Values]) -> None:
        """Write, with the next statement or the commit at the latest; what goes wrong is told by that one."""
        connection = self.connection.sync_connection
        driver = connection.connection.driver_connection if connection is not None else None
        if isinstance(driver, OneVisitConnection):
            driver.postpone()
        await self.write(statement, values)

    async def add(self, statement: ReturningInsert[int], values: Values) -> int:
        """Insert one row and return its number, which the statement is to return."""
        with translated():
            number = (await self.connection.execute(statement, values)).scalar_one()
        self.wrote = True
        return int(number)


@asynccontextmanager
async def turn(engine: AsyncEngine, limit: timedelta) -> AsyncIterator[Transaction]:
    """Begin a transaction that no other of its kind runs beside; rolled back unless it is committed within the limit.

    SQLite gives that by itself. On PostgreSQL an advisory lock does: the promise that nobody writes between what is
    read and what is written covers rows that are not there yet (two requests of one wish), which row locks cannot, and
    a serializable transaction would keep it by failing ones that did nothing wrong, after they had posted to Slack.

    Raises:
        TimeoutError: it took longer; whatever it was doing was cancelled.
    """
    async with asyncio.timeout(limit.total_seconds()), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            await connection.execute(select(func.pg_advisory_xact_lock(_TURN)))
        else:
            await connection.begin()
        yield Transaction(connection)


async def despite_a_dead_connection(operation: Callable[[], Awaitable[T]]) -> T:
    """Try once more where a pooled connection had died while it lay idle; its siblings are thrown away with it."""
    try:
        return await operation()
    except DBAPIError as exc:
        if not exc.connection_invalidated:
            raise
    return await operation()
