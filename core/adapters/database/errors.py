"""What goes wrong with a database, by code and never by text, said in the words of the core."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.domain.errors import PodProxierError, StorageUnavailable


class BadDatabaseUrl(PodProxierError):
    """The URL names no database that can hold our tables; it is not shown, for it may hold a password."""

    def __init__(self, why: str) -> None:
        super().__init__(f"--database-url: {why}")
        self.hint = (
            "--database-url postgresql://USER:PASSWORD@HOST/NAME, or sqlite:////var/lib/pod-proxier/pod-proxier.db"
        )


_BYTE: Final = 0xFF
_SQLITE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES_CLASSES: Final = frozenset(
    {
        "08",  # connection exception
        "28",  # invalid authorization: the password is wrong by now
        "3D",  # no such database
        "40",  # transaction rollback: deadlock, a standby's conflict
        "53",  # insufficient resources: disk full, out of memory, too many connections
        "57",  # operator intervention: shutting down, starting up, statement time-out
        "58",  # system error: I/O
        "XX",  # internal error: a damaged page
    }
)
_POSTGRES_CODES: Final = frozenset(
    {
        "25006",  # read-only: a standby took over our address
        "25P03",  # idle in transaction for too long
        "25P04",  # transaction time-out
        "55P03",  # lock not available in time
    }
)
_UNIQUE_VIOLATION: Final = "23505"
INTEGRITY_ERRORS: Final = (IntegrityError, sqlite3.IntegrityError)


@contextmanager
def translated() -> Iterator[None]:
    """Turn what says that the database is locked, full or away into ``StorageUnavailable``; let all else through.

    Raises:
        StorageUnavailable: carries the database's own words.
    """
    try:
        yield
    except sqlite3.Error as exc:  # of a statement that was run without SQLAlchemy
        if _is_sqlites_fault(exc):
            raise StorageUnavailable(f"the database does not do its part: {exc}") from exc
        raise
    except DBAPIError as exc:
        if exc.connection_invalidated or _says_unavailable(exc):
            raise StorageUnavailable(f"the database does not do its part: {exc.orig}") from exc
        raise
    except PoolTimeout as exc:
        raise StorageUnavailable("the database is busy: no connection came free in time") from exc
    except OSError as exc:  # TimeoutError is one
        raise StorageUnavailable(f"the database does not answer: {exc or type(exc).__name__}") from exc


def is_unique_violation(error: DBAPIError | sqlite3.Error) -> bool:
    """Whether a unique index refused a row."""
    own = error if isinstance(error, sqlite3.Error) else error.orig
    if isinstance(own, sqlite3.Error):
        return _sqlite_code(own) == sqlite3.SQLITE_CONSTRAINT_UNIQUE
    return _sqlstate(own) == _UNIQUE_VIOLATION


def _says_unavailable(error: DBAPIError) -> bool:
    if isinstance(error.orig, sqlite3.Error):
        return _is_sqlites_fault(error.orig)
    state = _sqlstate(error.orig)
    return state[:2] in _POSTGRES_CLASSES or state in _POSTGRES_CODES


def _is_sqlites_fault(error: sqlite3.Error) -> bool:
    return _sqlite_code(error) & _BYTE in _SQLITE  # the low byte is the primary code


def _sqlite_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)  # what the driver itself raises has none


def _sqlstate(error: BaseException | None) -> str:
    return getattr(error, "sqlstate", None) or ""
