from datetime import timedelta
from types import TracebackType
from typing import Self

from core.adapters.database.changes import follow_changes
from core.adapters.database.engine import PATIENCE, make_engine
from core.adapters.database.lease import SqlLease
from core.adapters.database.unit_of_work import SqlStorage


class Database:
    """SQLite or PostgreSQL, by its URL; migrate it first (``migrate.upgrade``).

    An asynchronous context manager: inside it other processes' commits are followed; leaving closes every connection.

    Args:
        url: ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST/NAME``.
        patience: how long a statement, or the wait for somebody else's transaction, may take.

    Attributes:
        storage: where units of work come from.
        changes: word of commits.
        lease: who converges.

    Raises:
        BadDatabaseUrl: the URL names another kind of database, or no file.
    """

    def __init__(self, url: str, *, patience: timedelta = PATIENCE) -> None:
        self._engine = make_engine(url, patience=patience)
        self.changes = follow_changes(self._engine)
        self.storage = SqlStorage(self._engine, self.changes, patience)
        self.lease = SqlLease(self._engine)

    async def __aenter__(self) -> Self:
        await self.changes.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.changes.__aexit__(kind, error, trace)
        await self._engine.dispose()
