"""One engine for each kind of database: how long it may take, and how its transactions begin."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Final, TypeAlias

from sqlalchemy import URL, Connection, Table, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.adapters.database import sqlite_driver
from core.adapters.database.errors import BadDatabaseUrl

PATIENCE: Final = timedelta(seconds=5)
"""How long a statement, or the wait for a lock, may take."""

PLAIN_READS: Final = "plain_reads"
"""Execution option for SQLite: no transaction is begun, so that no lock is taken."""

Insert: TypeAlias = sqlite.Insert | postgresql.Insert
_DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
_INSERTS: Final[dict[str, Callable[[Table], Insert]]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def make_engine(url: str, *, patience: timedelta = PATIENCE, foreign_keys: bool = True) -> AsyncEngine:
    """Make the engine for ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST/NAME``; connects to nothing yet.

    Raises:
        BadDatabaseUrl: it is none, or another kind of database, or SQLite without a file.
    """
    parsed = _with_driver(_parsed(url))
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed, patience, foreign_keys=foreign_keys)
    return _postgres_engine(parsed, patience)


@asynccontextmanager
async def borrowed(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Borrow a connection from the pool.

    Giving back SQLite's waits for nothing, so that it needs no task of its own to be safe from being cancelled.
    """
    if engine.dialect.name != "sqlite":
        async with engine.connect() as connection:
            yield connection
        return
    connection = await engine.connect()
    try:
        yield connection
    finally:
        await connection.close()


def insert_into(table: Table, backend: str) -> Insert:
    """Begin an INSERT that can say ON CONFLICT; both databases spell it alike, SQLAlchemy has one for each."""
    return _INSERTS[backend](table)


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):  # the second where the port is no number
        raise BadDatabaseUrl("it cannot be read as a URL") from None  # their texts may hold the password


def _with_driver(url: URL) -> URL:
    kind = url.drivername.partition("+")[0]
    if kind not in _DRIVERS:
        raise BadDatabaseUrl(f"a database of the kind {kind!r} is not supported; use sqlite or postgresql")
    if kind == "sqlite" and url.database in {None, "", ":memory:"}:
        raise BadDatabaseUrl("SQLite needs a file: sqlite:///pod-proxier.db")
    return url.set(drivername=_DRIVERS[kind])


def _sqlite_engine(url: URL, patience: timedelta, *, foreign_keys: bool) -> AsyncEngine:
    connect = partial(sqlite_driver.connect, url.database or "", patience, foreign_keys=foreign_keys)
    engine = create_async_engine(
        url,
        async_creator=connect,
        # One connection: SQLite has one writer anyway; our pool is a fair queue where its busy handler is a lottery.
        pool_size=1,
        max_overflow=0,
        pool_timeout=patience.total_seconds(),
        pool_reset_on_return=None,  # every transaction is ended by name; saves a visit to the connection's thread
    )
    event.listen(engine.sync_engine, "begin", _begin_immediate)
    return engine


def _begin_immediate(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite_driver.OneVisitConnection) and not connection.get_execution_options().get(PLAIN_READS):
        driver.begin_immediate()


def _postgres_engine(url: URL, patience: timedelta) -> AsyncEngine:
    seconds = patience.total_seconds()
    milliseconds = str(int(seconds * 1000))
    return create_async_engine(
        url,
        pool_size=5,
        max_overflow=0,
        pool_timeout=seconds,
        connect_args={
            "timeout": min(patience, PATIENCE).total_seconds(),  # to connect
            "command_timeout": seconds + 1,  # for a server that says nothing at all
            "server_settings": {
                "application_name": "pod-proxier",
                "statement_timeout": milliseconds,
                "lock_timeout": milliseconds,
                "idle_in_transaction_session_timeout": milliseconds,
            },
        },
    )
