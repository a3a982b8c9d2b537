from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Text, cast, event, func, insert, literal, select, text, true

from core.adapters.database import migrate
from core.adapters.database.database import Database
from core.adapters.database.tables import mappings, outbox
from core.domain.mapping import MappingId
from core.domain.states import State
from core.domain.target import PodRef
from core.interfaces import Filter
from tests.contract.storage.samples import ALICE, HOUR, NOW, PORT, stored

ROWS = 100_000
"""Mappings that ended long ago, each with a notice that was posted."""


@pytest.fixture
async def old(empty_url: str) -> AsyncIterator[Database]:
    """A database with a long history on eight ports, and little that lives."""
    await migrate.upgrade(empty_url)
    async with Database(empty_url) as database:
        async with database.storage.unit_of_work() as uow:
            for port in range(PORT, PORT + 8):
                last = await stored(uow, "grant", "open", "close", "cut", port=port)
            await uow.outbox.done([entry.id for entry in await uow.outbox.waiting(NOW)], NOW)
            await uow.commit()
        async with database._engine.begin() as connection:
            await connection.run_sync(_multiply, last.id)
        async with database.storage.unit_of_work() as uow:
            await stored(uow, "grant", "open")
            await stored(uow)
            await uow.commit()
        async with database._engine.begin() as connection:
            await connection.execute(text("ANALYZE"))
        yield database


def _multiply(connection: Connection, mapping_id: int) -> None:
    """Copy a mapping, and its first notice, a hundred thousand times."""
    first_notice = select(func.min(outbox.c.id)).where(outbox.c.mapping_id == mapping_id).scalar_subquery()
    for table, original in ((mappings, mapping_id), (outbox, first_notice)):
        start = select(literal(1).label("number")).cte(recursive=True)
        numbers = start.union_all(select(start.c.number + 1).where(start.c.number < ROWS))
        columns = [column for column in table.c if column.name != "id"]
        copied = [cast(numbers.c.number, Text) if column.name == "key" else column for column in columns]
        copies = select(*copied).select_from(table.join(numbers, true())).where(table.c.id == original)
        connection.execute(insert(table).from_select(columns, copies))


async def plans(database: Database, statements: Sequence[tuple[str, Any]]) -> list[str]:
    prefix = "EXPLAIN QUERY PLAN" if database._engine.dialect.name == "sqlite" else "EXPLAIN"
    async with database._engine.connect() as connection:
        return [
            "\n".join(str(tuple(row)) for row in (await connection.exec_driver_sql(f"{prefix} {sql}", parameters)))
            for sql, parameters in statements
        ]


@asynccontextmanager
async def overheard(database: Database) -> AsyncIterator[list[tuple[str, Any]]]:
    """All statements that the database is given, with their parameters (SQLite tells them with those put in)."""
    asked: list[tuple[str, Any]] = []

    def note(_: object, __: object, sql: str, parameters: Any, *_more: object) -> None:
        asked.append((sql, parameters))

    if database._engine.dialect.name == "sqlite":
        await trace(database, lambda sql: asked.append((sql, ())))
        yield asked
        await trace(database, None)
    else:
        event.listen(database._engine.sync_engine, "before_cursor_execute", note)
        yield asked
        event.remove(database._engine.sync_engine, "before_cursor_execute", note)


async def trace(database: Database, told: Callable[[str], None] | None) -> None:
    async with database._engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.set_trace_callback(told)


async def test_no_question_that_is_asked_all_the_time_reads_the_whole_history(old: Database) -> None:
    async with overheard(old) as asked, old.storage.unit_of_work() as uow:
        assert len(await uow.mappings.live()) == 2
        assert len(await uow.mappings.live(ALICE, PodRef("payments", "api-0"))) == 2
        assert len(await uow.mappings.due(NOW + HOUR)) == 2
        assert len(await uow.mappings.port_uses()) == 8
        assert len(await uow.outbox.waiting(NOW)) == 5
        assert await uow.outbox.oldest() == NOW
        await uow.take("Ev1", NOW)

    questions = [(sql, parameters) for sql, parameters in asked if sql.startswith(("SELECT", "DELETE"))]
    questions = [(sql, parameters) for sql, parameters in questions if "pg_advisory" not in sql]
    assert len(questions) == 7
    for (sql, _), plan in zip(questions, await plans(old, questions), strict=True):
        for scan in ("SCAN mappings'", "SCAN outbox'", "Seq Scan on mappings", "Seq Scan on outbox"):
            assert scan not in plan, f"{sql}\n{plan}"
        assert "ix_mappings_requester" not in plan, f"{sql}\n{plan}"


PAGES = {
    "INTEGER PRIMARY KEY": [Filter(), Filter(states=frozenset({State.CLOSED, State.OPEN}))],
    "ix_mappings_live": [Filter(live=True), Filter(states=frozenset({State.OPEN}))],
    "ix_mappings_fruitless": [Filter(states=frozenset({State.DENIED, State.LAPSED}))],
    "ix_mappings_namespace": [Filter(namespace="payments")],
    "ix_mappings_name": [Filter(name="api-0")],
    "ix_mappings_requester": [Filter(requester=ALICE), Filter(requester=ALICE, live=False)],
    "ix_mappings_port": [Filter(port=PORT), Filter(port=PORT, states=frozenset({State.CLOSED}))],
}


async def test_a_page_is_read_from_an_index_in_its_order(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'test.db'}"
    await migrate.upgrade(url)
    async with Database(url) as database:
        for index, filters in PAGES.items():
            async with overheard(database) as asked, database.storage.unit_of_work() as uow:
                for wanted in filters:
                    await uow.mappings.page(wanted, MappingId(ROWS), 50)
            questions = [(sql, parameters) for sql, parameters in asked if sql.startswith("SELECT mappings")]
            for plan in await plans(database, questions):
                assert index in plan
                assert "TEMP B-TREE" not in plan
