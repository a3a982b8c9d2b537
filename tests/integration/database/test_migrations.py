from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from core.adapters.database import migrate
from core.adapters.database.engine import make_engine
from core.adapters.database.migrate import SchemaTooNew
from core.adapters.database.tables import metadata


async def test_an_empty_database_is_brought_to_the_head(empty_url: str) -> None:
    assert not (await migrate.revisions(empty_url)).ready
    before = await migrate.upgrade(empty_url)
    assert before.current is None
    assert (await migrate.revisions(empty_url)).ready


async def test_a_migrated_database_is_left_alone(url: str) -> None:
    assert (await migrate.upgrade(url)).ready


async def test_a_database_from_a_newer_program_is_refused_and_left_as_it_is(url: str) -> None:
    engine = make_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()

    for verb in (migrate.upgrade, migrate.revisions):
        with pytest.raises(SchemaTooNew) as raised:
            await verb(url)
        assert raised.value.current == "9999"


async def test_the_migrations_make_the_tables_that_the_program_knows(url: str) -> None:
    engine = make_engine(url)
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
    await engine.dispose()


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def test_the_migrations_make_every_index_as_the_program_spells_it_on_sqlite(
    sqlite_url: str, tmp_path: Path
) -> None:
    """``compare_metadata`` does not look at the conditions of partial indexes."""
    definitions = text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    migrated, made = make_engine(sqlite_url), make_engine(f"sqlite:///{tmp_path / 'made.db'}")
    async with migrated.connect() as connection:
        by_migration = set(await connection.execute(definitions))
    async with made.begin() as connection:
        await connection.run_sync(metadata.create_all)
        assert set(await connection.execute(definitions)) == by_migration
    await migrated.dispose()
    await made.dispose()


async def test_the_migrations_make_every_index_as_the_program_spells_it_on_postgresql(postgres_url: str) -> None:
    await migrate.upgrade(postgres_url)
    definitions = "SELECT indexname, replace(indexdef, schemaname || '.', '') FROM pg_indexes WHERE schemaname = "
    engine = make_engine(postgres_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE SCHEMA made"))
        await connection.execute(text("SET search_path TO made"))
        await connection.run_sync(metadata.create_all)
        made = set(await connection.execute(text(f"{definitions} 'made'")))
        migrated = set(await connection.execute(text(f"{definitions} 'public' AND tablename <> 'alembic_version'")))
    await engine.dispose()
    assert made == migrated
