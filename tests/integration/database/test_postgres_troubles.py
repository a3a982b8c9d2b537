import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from core.adapters.database import migrate
from core.adapters.database.database import Database
from core.domain.errors import StorageUnavailable
from tests.contract.storage.listening import GENEROUS, hears, quiet
from tests.contract.storage.samples import stored
from tests.real_parts import free_port


@pytest.fixture
async def url(postgres_url: str) -> str:
    await migrate.upgrade(postgres_url)
    return postgres_url


@pytest.fixture
async def operator(url: str) -> AsyncIterator[AsyncEngine]:
    """Somebody who may end other people's connections."""
    engine = create_async_engine(url)
    yield engine
    await engine.dispose()


async def cut_all(operator: AsyncEngine) -> None:
    """End every connection to the database but our own, as a restart of the server does."""
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    async with operator.connect() as connection:
        await connection.execute(text(f"SELECT pg_terminate_backend(pid, 5000) {others}"))


@asynccontextmanager
async def silence() -> AsyncIterator[int]:
    """A port where somebody accepts, and never says a word."""

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def commit_something(database: Database) -> None:
    async with database.storage.unit_of_work() as uow:
        await stored(uow)
        await uow.commit()


async def test_nobody_listening_is_unavailable() -> None:
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    with pytest.raises(StorageUnavailable):
        await migrate.revisions(url)
    async with Database(url) as database:
        for attempt in (database.storage.check(), commit_something(database), database.lease.take("a", timedelta(1))):
            with pytest.raises(StorageUnavailable):
                await attempt


async def test_a_database_that_is_not_there_is_unavailable(url: str) -> None:
    async with Database(f"{url}_missing") as database:
        with pytest.raises(StorageUnavailable):
            await database.storage.check()


async def test_a_server_that_says_nothing_is_unavailable_after_a_while() -> None:
    async with silence() as port:
        url = f"postgresql://nobody@127.0.0.1:{port}/none"
        async with asyncio.timeout(30), Database(url, patience=timedelta(milliseconds=500)) as database:
            with pytest.raises(StorageUnavailable):
                await database.storage.check()


async def test_a_connection_that_breaks_inside_a_unit_of_work_undoes_it(url: str, operator: AsyncEngine) -> None:
    async def write_and_be_cut(database: Database) -> None:
        async with database.storage.unit_of_work() as uow:
            await stored(uow)
            await cut_all(operator)
            await uow.commit()

    async with Database(url) as database:
        with pytest.raises(StorageUnavailable):
            await write_and_be_cut(database)
        async with database.storage.unit_of_work() as uow:
            assert await uow.mappings.live() == []


async def test_connections_that_died_while_idle_are_not_noticed_by_anybody(url: str, operator: AsyncEngine) -> None:
    async with Database(url) as database:
        await asyncio.gather(*(database.storage.check() for _ in range(4)))
        await cut_all(operator)
        await commit_something(database)
        await cut_all(operator)
        assert await database.lease.take("a", timedelta(minutes=1))
        await cut_all(operator)
        await database.storage.check()


async def test_word_of_commits_comes_again_after_the_connection_broke(url: str, operator: AsyncEngine) -> None:
    async with Database(url) as ours, Database(url) as theirs:
        commits = ours.changes.commits()
        await quiet(commits)
        await cut_all(operator)
        assert await hears(commits, GENEROUS), "it rings after an outage: nobody knows what was missed"
        await quiet(commits)
        await commit_something(theirs)
        assert await hears(commits, GENEROUS)


async def test_a_unit_of_work_that_stands_still_does_not_hold_up_the_others_for_ever(url: str) -> None:
    async def stand_still(database: Database) -> None:
        async with database.storage.unit_of_work() as uow:
            await stored(uow)
            standing.set()
            await others_are_through.wait()
            await uow.commit()

    async with Database(url, patience=timedelta(milliseconds=500)) as database:
        standing, others_are_through = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(stand_still(database))
        await standing.wait()
        assert await commits_within(database, attempts=10)
        others_are_through.set()
        with pytest.raises(StorageUnavailable):
            await task
        async with database.storage.unit_of_work() as uow:
            assert len(await uow.mappings.live()) == 1


async def commits_within(database: Database, attempts: int) -> bool:
    for _ in range(attempts):
        with suppress(StorageUnavailable):
            await commit_something(database)
            return True
    return False
