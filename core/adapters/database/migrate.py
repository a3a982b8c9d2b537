"""Bring a database to the tables that this program knows, and say how far it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.adapters.database.engine import PLAIN_READS, make_engine
from core.adapters.database.errors import translated
from core.domain.errors import PodProxierError, StorageUnavailable

_SCRIPTS: Final = "migrations:"
"""As a package, so that it is found in an installed wheel as well."""

_PATIENCE: Final = timedelta(minutes=1)
_ADVICE: Final = (
    "is it there, and may this user get in? --database-url names another, --state-dir the folder of the SQLite file"
)
_LOCK: Final = 0x706F642D6D696772
"""Key of the advisory lock that a migration takes on PostgreSQL; spells "pod-migr"."""


class SchemaTooNew(PodProxierError):
    """The database was migrated by a newer version of the program; this one does not know its tables."""

    def __init__(self, current: str, head: str) -> None:
        super().__init__(f"the database is at revision {current}, and this program knows only up to {head}")
        self.current, self.head = current, head
        self.hint = "run the newer version, or restore a backup from before it"


@dataclass(frozen=True, slots=True)
class Revisions:
    """How far a database is.

    Attributes:
        current: revision of its tables; ``None`` where it has none.
        head: the one that this program wants.
    """

    current: str | None
    head: str

    @property
    def ready(self) -> bool:
        """Whether the program can work with it."""
        return self.current == self.head


@contextmanager
def _told() -> Iterator[None]:
    """Translate what goes wrong, with advice: whoever migrates is an operator, and at the beginning."""
    try:
        with translated():
            yield
    except StorageUnavailable as exc:
        exc.hint = _ADVICE
        raise


async def upgrade(url: str) -> Revisions:
    """Migrate to the newest revision, in one transaction; two processes at once do it one after the other.

    Returns:
        How far it was before.

    Raises:
        SchemaTooNew: a newer program was here; nothing was changed.
        StorageUnavailable: the database is locked, full or away; nothing was changed.
    """
    engine = make_engine(url, patience=_PATIENCE, foreign_keys=False)  # tables may be copied under their references
    try:
        with _told():
            async with engine.begin() as connection:
                await _take_turn(connection)
                return await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


async def revisions(url: str) -> Revisions:
    """Say how far a database is; changes none that is there (SQLite makes an empty file where there is none).

    Raises:
        SchemaTooNew: farther than this program knows.
        StorageUnavailable: it does not answer.
    """
    engine = make_engine(url)
    try:
        with _told():
            async with engine.connect() as connection:
                await connection.execution_options(**{PLAIN_READS: True})
                return await connection.run_sync(_read)
    finally:
        await engine.dispose()


async def _take_turn(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":  # SQLite's transaction holds the write lock already
        await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _upgrade(connection: Connection) -> Revisions:
    before = _read(connection)
    if not before.ready:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return before


def _read(connection: Connection) -> Revisions:
    scripts = ScriptDirectory.from_config(_config())
    current, head = MigrationContext.configure(connection).get_current_revision(), scripts.get_current_head()
    if head is None:
        raise RuntimeError("the program was packaged without its migrations")
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise SchemaTooNew(current, head)
    return Revisions(current, head)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", _SCRIPTS)
    return config
