import os
import pwd
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.real_parts.ports import free_port
from tests.real_parts.processes import run_to_the_end, running

OWNER: Final = (
    "postgres"  # the cluster's superuser; no password, for it listens on loopback only and dies with the tests
)
LINE_OF_STATUS: Final = 7  # in postmaster.pid, counted from 0 (src/include/utils/pidfile.h)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running PostgreSQL; each test makes a database of its own in it."""

    port: int
    socket_folder: Path

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://{OWNER}@127.0.0.1:{self.port}/{database}"

    @asynccontextmanager
    async def fresh_database(self) -> AsyncIterator[str]:
        """The URL of an empty database, which goes afterwards with all connections to it."""
        name = f"test_{uuid.uuid4().hex}"
        await self._execute(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            await self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def _execute(self, statement: str) -> None:
        engine = create_async_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                await connection.execute(text(statement))
        finally:
            await engine.dispose()


@contextmanager
def running_postgres(binaries: Path, logs: Path) -> Iterator[PostgresServer]:
    """Make a cluster and serve it; the logs stay in ``logs``, the cluster goes.

    PostgreSQL refuses to run as root, who therefore runs it as somebody else, in a folder which that one can reach.
    """
    user = _somebody_else() if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pod-proxier-postgres-") as name:
        folder, data = Path(name), Path(name, "data")
        if user is not None:
            shutil.chown(folder, user)
        run_to_the_end([binaries / "initdb", *_initdb_flags(data)], log=logs / "initdb.log", user=user)
        server = PostgresServer(free_port(), folder)
        command: list[str | Path] = [binaries / "postgres", *_postgres_flags(server, data)]
        with running(command, log=logs / "postgres.log", ready=lambda: _is_ready(data), user=user):
            yield server


def _somebody_else() -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _initdb_flags(data: Path) -> list[str]:
    flags = {"pgdata": str(data), "username": OWNER, "auth": "trust", "encoding": "UTF8", "locale": "C"}
    return [*(f"--{name}={value}" for name, value in flags.items()), "--no-sync"]


def _postgres_flags(server: PostgresServer, data: Path) -> list[str]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": server.port,
        "unix_socket_directories": server.socket_folder,
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
    }
    return ["-D", str(data), *(f"--{name}={value}" for name, value in settings.items())]


def _is_ready(data: Path) -> bool:
    """Read what the server says of itself where pg_ctl reads it too."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > LINE_OF_STATUS and lines[LINE_OF_STATUS].strip() == "ready"
