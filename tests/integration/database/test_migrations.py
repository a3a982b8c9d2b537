from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from core.adapters.database import migrate
from core.adapters.database.database import Database
from core.adapters.database.engine import make_engine
from core.adapters.database.migrate import SchemaTooNew
from core.adapters.database.tables import metadata
from core.domain.verifying import Seal, Verifier


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


async def test_entries_of_an_older_version_are_chained_and_what_can_be_erased_is_parted_from_them(
    empty_url: str,
) -> None:
    engine = make_engine(empty_url, foreign_keys=False)
    old = """INSERT INTO audit (id, at, actor, event, mapping_id, "before", "after", detail) VALUES """
    rows = (
        (
            """(1, '2026-01-02 03:04:05', 'slack:T1/U1', 'refused:request', NULL, NULL, NULL,"""
            """ '{"target": "payments/api-0", "message": "no", "why": "NotYours"}')"""
        ),
        """(7, '2026-01-02 03:04:06', 'system:gateway', 'callers_refused', 1, 'open', 'open', '{"10.1.2.3": 4}')""",
    )
    async with engine.begin() as connection:
        await connection.run_sync(_upgrade_to, "0004")
        for row in rows:
            await connection.execute(text(old + row.replace(":", r"\:")))
    await engine.dispose()
    await migrate.upgrade(empty_url)

    async with Database(empty_url) as database, database.storage.unit_of_work() as uow:
        entries = await uow.audit.since(0)
    assert [*Verifier(Seal()).look_at(entries)] == []
    first, second = entries
    assert (first.namespace, first.plain) == ("payments", {"target": "payments/api-0", "why": "NotYours"})
    assert (first.detail["message"], second.plain, second.detail) == ("no", {}, {"10.1.2.3": 4})
    assert (second.id, second.origin, second.at.second) == (2, "gateway", 6)


def _upgrade_to(connection: Connection, revision: str) -> None:
    config = migrate._config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
