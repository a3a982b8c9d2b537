import sqlite3

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.adapters.database.errors import is_unique_violation, translated
from core.domain.errors import StorageUnavailable


def of_sqlite(code: int) -> DBAPIError:
    error = sqlite3.OperationalError("said the database")
    error.sqlite_errorcode = code
    return OperationalError("SELECT 1", {}, error)


class PostgresError(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__("said the database")
        self.sqlstate = sqlstate


def of_postgres(sqlstate: str) -> DBAPIError:
    return DBAPIError("SELECT 1", {}, PostgresError(sqlstate))


@pytest.mark.parametrize(
    "error",
    [
        of_sqlite(sqlite3.SQLITE_BUSY),
        of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT),
        of_sqlite(sqlite3.SQLITE_FULL),
        of_sqlite(sqlite3.SQLITE_IOERR_WRITE),
        of_sqlite(sqlite3.SQLITE_READONLY_DBMOVED),
        of_postgres("08006"),
        of_postgres("53100"),
        of_postgres("55P03"),
        of_postgres("57014"),
        of_postgres("57P01"),
        of_postgres("25006"),
        PoolTimeout(),
        ConnectionRefusedError(),
        TimeoutError(),
    ],
    ids=repr,
)
def test_locked_full_and_away_are_unavailable(error: Exception) -> None:
    with pytest.raises(StorageUnavailable) as raised, translated():
        raise error
    assert raised.value.__cause__ is error


@pytest.mark.parametrize("error", [of_sqlite(sqlite3.SQLITE_ERROR), of_postgres("42P01"), ValueError()], ids=repr)
def test_mistakes_of_ours_are_let_through(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, translated():
        raise error
    assert raised.value is error


def test_only_a_unique_index_makes_a_unique_violation() -> None:
    error = sqlite3.IntegrityError("said the database")
    error.sqlite_errorcode = sqlite3.SQLITE_CONSTRAINT_UNIQUE
    assert is_unique_violation(IntegrityError("INSERT", {}, error))
    error.sqlite_errorcode = sqlite3.SQLITE_CONSTRAINT_NOTNULL
    assert not is_unique_violation(IntegrityError("INSERT", {}, error))
    assert is_unique_violation(of_postgres("23505"))
    assert not is_unique_violation(of_postgres("23502"))
