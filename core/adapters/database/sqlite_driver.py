"""The aiosqlite connection, with one visit to its thread for each statement, or fewer.

SQLAlchemy makes a cursor, executes, fetches and closes it, and aiosqlite goes to the connection's thread and back for
each of the four. On a machine with idle processors every such visit waits for two wake-ups: a unit of work of six
statements took 3.0 ms so, and takes 1.6 ms with this.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, Final, Self, TypeAlias

import aiosqlite

_SHORTLY: Final = 0.01
_PRIVATE: Final = 0o600

Work: TypeAlias = Callable[[sqlite3.Connection], None]


class OneVisitCursor:
    """The part of a cursor that SQLAlchemy uses. Rows are read to the end at once."""

    def __init__(self, connection: "OneVisitConnection") -> None:
        self._connection = connection
        self.rows: list[tuple[Any, ...]] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[object] = ()) -> Self:
        """Run one statement."""
        await self._connection.visit(partial(self._run, sqlite3.Connection.execute, sql, parameters))
        return self

    async def executemany(self, sql: str, parameters: Sequence[Sequence[object]]) -> Self:
        """Run one statement for each set of parameters."""
        await self._connection.visit(partial(self._run, sqlite3.Connection.executemany, sql, parameters))
        return self

    async def fetchall(self) -> list[tuple[Any, ...]]:
        """Hand over the rows."""
        return self.rows

    async def close(self) -> None:
        """Nothing is left open."""

    def _run(self, execute: Any, sql: str, parameters: Sequence[Any], connection: sqlite3.Connection) -> None:
        cursor: sqlite3.Cursor = execute(connection, sql, parameters)
        self.rows = cursor.fetchall()
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
        cursor.close()


class OneVisitConnection(aiosqlite.Connection):
    """An aiosqlite connection that gives out such cursors, and saves visits where nobody has to wait for what they do.

    A transaction begins together with its first statement; what may be postponed is done together with what comes next;
    and nobody waits for the end of a transaction that is rolled back.
    """

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._begins = False
        self._postpones = False
        self._postponed: list[Work] = []

    def begin_immediate(self) -> None:
        """Take the write lock right before the next statement.

        A transaction that reads first, and is overtaken by another's commit, could not write any more.
        """
        self._begins = True

    def postpone(self) -> None:
        """Do the next statement together with the one after it, or with the commit; that one tells what goes wrong."""
        self._postpones = True

    def cursor(self) -> OneVisitCursor:  # type: ignore[override]  # SQLAlchemy needs no more of it
        """Make a cursor; the thread hears nothing of it yet."""
        return OneVisitCursor(self)

    async def run(self, sql: str, parameters: Sequence[Any], *, many: bool = False) -> OneVisitCursor:
        """Run one statement, once or for each of several sets of parameters; its rows are in the cursor."""
        cursor = OneVisitCursor(self)
        return await (cursor.executemany if many else cursor.execute)(sql, parameters)

    async def visit(self, work: Work) -> None:
        """Do this with the connection, in its thread."""
        if self._postpones:
            self._postpones = False
            self._postponed.append(work)
            return
        begins, postponed = self._due()
        await self._execute(self._work, [*postponed, work], begins)  # type: ignore[no-untyped-call]  # aiosqlite's

    async def commit(self) -> None:
        """Commit, if anything was done."""
        begins, postponed = self._due()
        if postponed or not begins:
            works = [*postponed, sqlite3.Connection.commit]
            await self._execute(self._work, works, begins)  # type: ignore[no-untyped-call]  # aiosqlite's

    async def rollback(self) -> None:
        """Roll back, if anything was done; should that fail, the next transaction does it before it begins."""
        begins, _ = self._due()
        if not begins:
            self._tx.put_nowait((None, self._conn.rollback))

    def _due(self) -> tuple[bool, list[Work]]:
        """Take what has to be done now: whether to begin, and what was postponed."""
        due = self._begins, self._postponed
        self._begins, self._postpones, self._postponed = False, False, []
        return due

    def _work(self, works: Sequence[Work], begins: bool) -> None:  # noqa: FBT001 - aiosqlite passes it on by position
        if begins:
            self._conn.rollback()  # does nothing where all is well
            self._conn.execute("BEGIN IMMEDIATE")
        for work in works:
            work(self._conn)


async def connect(path: str, patience: timedelta, *, foreign_keys: bool) -> OneVisitConnection:
    """Open a file as we want it: write-ahead log, and no transaction but those that are begun by name."""
    connection = OneVisitConnection(partial(_open, path, patience, foreign_keys=foreign_keys))
    thread = connection._thread  # noqa: SLF001 - aiosqlite has no other way to it
    thread.daemon = True  # a forgotten connection must not keep the process alive
    try:
        await connection
    except sqlite3.Error:
        thread.join()  # it was told to stop, and does at once; the loop must not be closed under it
        raise
    return connection


def _open(path: str, patience: timedelta, *, foreign_keys: bool) -> sqlite3.Connection:
    _make_private(path)
    connection = sqlite3.connect(path, timeout=patience.total_seconds(), isolation_level=None)
    try:
        _use_write_ahead_log(connection, patience)
        connection.execute("PRAGMA synchronous = NORMAL")  # the log survives our end; only the machine's may cut it
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _make_private(path: str) -> None:
    """Make the file closed to all others, whatever the umask; SQLite makes those beside it like it."""
    with suppress(OSError):  # SQLite will say it
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE))


def _use_write_ahead_log(connection: sqlite3.Connection, patience: timedelta) -> None:
    """Switch to it, or wait for who does: SQLite's own time-out does not cover this step."""
    deadline = time.monotonic() + patience.total_seconds()
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_SHORTLY)
        else:
            return
