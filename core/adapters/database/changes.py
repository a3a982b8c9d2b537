import asyncio
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import structlog
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.adapters.database.doorbell import Doorbell
from core.adapters.database.engine import borrowed
from core.adapters.database.errors import translated
from core.adapters.database.sqlite_driver import OneVisitConnection
from core.domain.errors import StorageUnavailable

_POLL: Final = 0.25
_RETRY: Final = 1.0
_HEARTBEAT: Final = 10.0
_CHANNEL: Final = "pod_proxier_commits"
_ASK_ANYWAY: Final = 5.0
_COARSE: Final = 20_000_000
"""Nanoseconds; more than a tick of the clock that file systems tell time by."""

log = structlog.get_logger(__name__)


class DatabaseChanges(Doorbell):
    """Word of commits: this process's at once, others' as soon as the database tells.

    An asynchronous context manager; inside it, it follows the others, through every outage. After one it rings, for
    nobody knows what was missed.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__()
        self._engine = engine
        self._deaf = False

    async def __aenter__(self) -> Self:
        self._following = asyncio.create_task(self._follow_on(), name="changes")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._following.cancel()
        with suppress(asyncio.CancelledError):  # ours
            await self._following

    async def announce(self, connection: AsyncConnection) -> None:
        """Tell the other processes, as part of the transaction that is about to commit."""

    async def _follow(self) -> None:
        """Ring for other processes' commits until the database is away."""
        raise NotImplementedError

    async def _follow_on(self) -> None:
        while True:
            try:
                await self._follow()
            except StorageUnavailable as exc:
                if not self._deaf:
                    log.warning("changes.unheard", why=str(exc))
                self._deaf = True
            except Exception:  # a defect of ours must not leave us deaf for good; it is logged with its trace
                log.exception("changes.following_broke")
                self._deaf = True
            await asyncio.sleep(_RETRY)

    def _hear(self) -> None:
        if self._deaf:
            log.info("changes.heard_again")
        self._deaf = False
        self.ring()


class SqliteChanges(DatabaseChanges):
    """Asks for a number that other connections' commits change (``PRAGMA data_version``) when the log was written to.

    It looks at the write-ahead log four times a second, and asks, once in a while in any case, over the one connection
    that also writes, so that our own commits do not count as somebody else's. Asking ten times a second took 3 % of a
    processor.
    """

    async def _follow(self) -> None:
        log_file = Path(f"{self._engine.url.database}-wal")
        known, seen, asked = None, None, 0.0
        while True:
            written = _last_write(log_file)
            if written is None or written != seen or time.monotonic() - asked > _ASK_ANYWAY:
                version, asked = await self._version(), time.monotonic()
                if version != known:
                    self._hear()
                known, seen = version, written
            await asyncio.sleep(_POLL)

    async def _version(self) -> int:
        with translated():
            async with borrowed(self._engine) as connection:
                driver = (await connection.get_raw_connection()).driver_connection
                if not isinstance(driver, OneVisitConnection):
                    raise TypeError(f"{driver!r} has no version")
                return int((await driver.run("PRAGMA data_version", ())).rows[0][0])


def _last_write(file: Path) -> tuple[int, int] | None:
    """When a file was written to, and how long it is; ``None`` where another write may not show."""
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    settled = time.time_ns() - status.st_mtime_ns > _COARSE  # else the next write may fall on the same tick
    return (status.st_mtime_ns, status.st_size) if settled else None


class PostgresChanges(DatabaseChanges):
    """LISTEN and NOTIFY, on a connection of its own that is made anew whenever it breaks."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self._name = uuid4().hex

    async def announce(self, connection: AsyncConnection) -> None:
        """Send our name; it is delivered with the commit, or never."""
        await connection.execute(select(func.pg_notify(_CHANNEL, self._name)))

    async def _follow(self) -> None:
        with translated():
            async with self._engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                try:
                    await self._listen(connection)
                finally:
                    await connection.invalidate()  # it listens: not one to lend to others

    async def _listen(self, connection: AsyncConnection) -> None:
        driver = (await connection.get_raw_connection()).driver_connection
        if not isinstance(driver, asyncpg.Connection):
            raise TypeError(f"{driver!r} cannot listen")
        gone = asyncio.Event()
        driver.add_termination_listener(lambda _: gone.set())
        try:
            await driver.add_listener(_CHANNEL, self._told)
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as exc:
            raise StorageUnavailable(f"the database does not let us listen: {exc}") from exc
        self._hear()
        while not gone.is_set():
            with suppress(TimeoutError):  # quiet for a while: see whether it is still there
                async with asyncio.timeout(_HEARTBEAT):
                    await gone.wait()
            await connection.execute(text("SELECT 1"))

    def _told(self, connection: object, pid: int, channel: str, payload: str) -> None:  # noqa: ARG002 - asyncpg's
        if payload != self._name:
            self._hear()


def follow_changes(engine: AsyncEngine) -> DatabaseChanges:
    """Pick what the database offers."""
    return SqliteChanges(engine) if engine.dialect.name == "sqlite" else PostgresChanges(engine)
