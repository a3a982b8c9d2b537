import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from core.adapters.database import migrate
from core.adapters.database.database import Database
from core.domain.errors import StorageUnavailable
from tests.contract.storage.samples import asked, stored

SHORT = timedelta(milliseconds=100)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Somebody else writes, and does not come to an end."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


async def test_a_locked_file_is_unavailable_until_it_is_let_go(sqlite_url: str, sqlite_file: Path) -> None:
    async with Database(sqlite_url, patience=SHORT) as database:
        with locked(sqlite_file):
            async with database.storage.unit_of_work() as uow:
                with pytest.raises(StorageUnavailable):
                    await stored(uow)
            with pytest.raises(StorageUnavailable):
                await database.lease.take("a", timedelta(minutes=1))
            await database.storage.check()  # reading goes on
        async with database.storage.unit_of_work() as uow:
            await stored(uow)
            await uow.commit()


async def test_a_unit_of_work_waits_for_a_lock_that_is_let_go_soon(sqlite_url: str, sqlite_file: Path) -> None:
    async def write() -> None:
        async with database.storage.unit_of_work() as uow:
            await stored(uow)
            await uow.commit()

    async with Database(sqlite_url) as database:
        with locked(sqlite_file):
            writing = asyncio.create_task(write())
            await asyncio.sleep(0.1)
            assert not writing.done()
        await writing


async def test_a_new_file_that_somebody_else_is_just_making_is_waited_for(tmp_path: Path) -> None:
    with locked(tmp_path / "new.db"):
        migrating = asyncio.create_task(migrate.upgrade(f"sqlite:///{tmp_path / 'new.db'}"))
        await asyncio.sleep(0.1)
        assert not migrating.done()
    await migrating


async def test_cancelling_one_that_waits_for_a_lock_harms_nobody(sqlite_url: str, sqlite_file: Path) -> None:
    async def write() -> None:
        async with database.storage.unit_of_work() as uow:
            await stored(uow)
            await uow.commit()

    async with Database(sqlite_url) as database:
        with locked(sqlite_file):
            writing = asyncio.create_task(write())
            await asyncio.sleep(0.1)
            writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        await write()
        async with database.storage.unit_of_work() as uow:
            assert len(await uow.mappings.live()) == 1


async def test_a_unit_of_work_inside_another_is_told_that_the_database_is_busy(sqlite_url: str) -> None:
    async with Database(sqlite_url, patience=SHORT) as database, database.storage.unit_of_work() as uow:
        await stored(uow)
        with pytest.raises(StorageUnavailable):
            await database.storage.unit_of_work().__aenter__()


async def test_a_unit_of_work_that_takes_too_long_is_cut_short_and_undone(sqlite_url: str) -> None:
    async def stand_still() -> None:
        async with database.storage.unit_of_work() as uow:
            await stored(uow)
            await asyncio.Event().wait()

    async with Database(sqlite_url, patience=SHORT) as database:
        with pytest.raises(StorageUnavailable):
            await stand_still()
        async with database.storage.unit_of_work() as uow:
            assert await uow.mappings.live() == []


@pytest.mark.parametrize("error", [TimeoutError, OSError])
async def test_an_error_of_what_is_done_inside_stays_what_it_is(sqlite_url: str, error: type[Exception]) -> None:
    async def fail() -> None:
        async with database.storage.unit_of_work() as uow:
            await stored(uow)
            raise error

    async with Database(sqlite_url) as database:
        with pytest.raises(error):
            await fail()


async def test_a_full_disk_is_unavailable_and_writes_nothing(sqlite_url: str) -> None:
    async with Database(sqlite_url) as database:
        async with database._engine.connect() as connection:
            pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
            await connection.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
        async with database.storage.unit_of_work() as uow:
            with pytest.raises(StorageUnavailable):
                await stored(uow, mapping=replace(asked(), reason="x" * 100_000))
        async with database.storage.unit_of_work() as uow:
            assert await uow.mappings.live() == []


async def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'missing' / 'test.db'}"
    with pytest.raises(StorageUnavailable):
        await migrate.upgrade(url)
    async with Database(url) as database:
        with pytest.raises(StorageUnavailable):
            await database.storage.check()


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "test.db").write_bytes(b"not a database, but long enough to be taken for a header" * 100)
    with pytest.raises(StorageUnavailable):
        await migrate.upgrade(f"sqlite:///{tmp_path / 'test.db'}")


async def test_commits_go_to_the_write_ahead_log(sqlite_url: str) -> None:
    async with Database(sqlite_url) as database, database._engine.connect() as connection:
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar_one() == "wal"
        assert (await connection.execute(text("PRAGMA synchronous"))).scalar_one() == 1
        assert (await connection.execute(text("PRAGMA foreign_keys"))).scalar_one() == 1
        assert (await connection.execute(text("PRAGMA busy_timeout"))).scalar_one() == 5000
