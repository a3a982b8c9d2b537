import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.adapters.database.sqlite_driver import OneVisitConnection, connect


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[OneVisitConnection]:
    connection = await connect(str(tmp_path / "some.db"), timedelta(seconds=1), foreign_keys=True)
    await run(connection, "CREATE TABLE words (word TEXT UNIQUE NOT NULL)")
    yield connection
    await connection.close()


async def run(connection: OneVisitConnection, sql: str, *parameters: str) -> list[tuple[str, ...]]:
    cursor = await connection.cursor().execute(sql, parameters)
    return await cursor.fetchall()


async def later(connection: OneVisitConnection, word: str | None) -> None:
    connection.postpone()
    await connection.cursor().execute("INSERT INTO words VALUES (?)", (word,))


async def words(connection: OneVisitConnection) -> list[str]:
    return [row[0] for row in await run(connection, "SELECT word FROM words ORDER BY rowid")]


async def test_what_is_postponed_is_done_before_what_comes_next(connection: OneVisitConnection) -> None:
    connection.begin_immediate()
    await later(connection, "one")
    await later(connection, "two")
    await run(connection, "INSERT INTO words VALUES ('three')")
    assert await words(connection) == ["one", "two", "three"]
    await connection.commit()
    assert await words(connection) == ["one", "two", "three"]


async def test_what_is_postponed_is_committed_though_nothing_else_was_done(connection: OneVisitConnection) -> None:
    connection.begin_immediate()
    await later(connection, "one")
    await connection.commit()
    await connection.rollback()
    assert await words(connection) == ["one"]


async def test_what_is_postponed_and_rolled_back_is_never_done(connection: OneVisitConnection) -> None:
    connection.begin_immediate()
    await run(connection, "INSERT INTO words VALUES ('one')")
    await later(connection, "two")
    await connection.rollback()
    await connection.commit()
    assert await words(connection) == []


async def test_a_postponed_statement_that_fails_fails_the_commit_and_nothing_is_written(
    connection: OneVisitConnection,
) -> None:
    connection.begin_immediate()
    await run(connection, "INSERT INTO words VALUES ('one')")
    await later(connection, None)
    with pytest.raises(sqlite3.IntegrityError):
        await connection.commit()
    await connection.rollback()
    assert await words(connection) == []


async def test_a_transaction_that_nobody_ended_is_rolled_back_before_the_next(connection: OneVisitConnection) -> None:
    connection.begin_immediate()
    await run(connection, "INSERT INTO words VALUES ('one')")
    connection.begin_immediate()
    await run(connection, "INSERT INTO words VALUES ('two')")
    await connection.commit()
    assert await words(connection) == ["two"]


async def test_a_transaction_in_which_nothing_was_done_is_none(connection: OneVisitConnection) -> None:
    connection.begin_immediate()
    await connection.commit()
    connection.begin_immediate()
    await connection.rollback()
    assert not connection.in_transaction
