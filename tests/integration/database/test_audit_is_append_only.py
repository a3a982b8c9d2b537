import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.adapters.database.database import Database
from core.adapters.database.engine import make_engine
from core.domain.people import System
from core.domain.record import Note
from core.domain.verifying import SEALED, Seal, Verifier
from tests.contract.storage.samples import NOW, stored


async def attempt(url: str, statement: str) -> None:
    engine = make_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(statement))
    finally:
        await engine.dispose()


@pytest.fixture
async def database(url: str) -> Database:
    """With one entry in the audit."""
    async with Database(url) as database, database.storage.unit_of_work() as uow:
        await stored(uow)
        await uow.commit()
    return database


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "DELETE FROM audit WHERE id = 1"],
)
async def test_neither_changing_nor_deleting_is_possible(url: str, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        await attempt(url, statement)


@pytest.mark.usefixtures("database")
async def test_an_entry_cannot_be_replaced(url: str) -> None:
    values = "(id, at, actor, event, detail) VALUES (1, '2030-01-01 00:00:00', 'nobody', 'nothing', '{}')"
    replacing = f"INSERT OR REPLACE INTO audit {values}" if url.startswith("sqlite") else "TRUNCATE audit"
    with pytest.raises(DBAPIError, match="append-only"):
        await attempt(url, replacing)


FORGERIES = {
    "changed": ["UPDATE audit SET actor = 'slack:T1/UNOBODY' WHERE id = 2"],
    "missing": ["DELETE FROM audit WHERE id = 2"],
    "swapped": [
        "UPDATE audit SET id = 99 WHERE id = 2",
        "UPDATE audit SET id = 2 WHERE id = 1",
        "UPDATE audit SET id = 1 WHERE id = 99",
    ],
    "inserted": [
        (
            "INSERT INTO audit (id, at, actor, event, detail, origin, digests, hash)"
            " SELECT 4, at, actor, event, detail, origin, digests, hash FROM audit WHERE id = 3"
        )
    ],
    "words": ["""UPDATE audit_details SET content = '{"reason": "another"}' WHERE kind = 'words'"""],
    "salts": ["UPDATE audit_details SET salt = 'another'"],
    "erased": ["DELETE FROM audit_details"],
}


@pytest.mark.parametrize("forged", FORGERIES)
async def test_who_gets_round_the_guard_is_found_by_the_chain(sqlite_url: str, forged: str) -> None:
    async with Database(sqlite_url) as database:
        async with database.storage.unit_of_work() as uow:
            await stored(uow, "grant", "open")
            assert [*Verifier(Seal()).look_at(await uow.audit.since(0))] == []
            await uow.commit()
        for trigger in ("audit_is_not_updated", "audit_is_not_deleted"):
            await attempt(sqlite_url, f"DROP TRIGGER {trigger}")
        for statement in FORGERIES[forged]:
            await attempt(sqlite_url, statement)
        async with database.storage.unit_of_work() as uow:
            assert [*Verifier(Seal()).look_at(await uow.audit.since(0))] != []


async def test_only_what_lies_below_a_seal_that_an_entry_tells_of_can_be_removed(url: str) -> None:
    async with Database(url) as database, database.storage.unit_of_work() as uow:
        await stored(uow, "grant", "open")
        entries = await uow.audit.since(0)
        await uow.commit()
    sealing = f"INSERT INTO audit_seals (up_to, hash, at) VALUES (2, '{entries[1].hash}', '2030-01-01')"  # noqa: S608 - a hash of ours
    with pytest.raises(DBAPIError, match="seal does not fit"):
        await attempt(url, sealing)
    async with Database(url) as database, database.storage.unit_of_work() as uow:
        await uow.audit.enter(Note(NOW, System.TIMER, SEALED, detail={"up_to": 2, "hash": entries[1].hash}))
        await uow.commit()
    with pytest.raises(DBAPIError, match="seal does not fit"):
        await attempt(url, sealing.replace(entries[1].hash, "another"))
    await attempt(url, sealing)
    await attempt(url, "DELETE FROM audit WHERE id <= 2")
    for refused in ("DELETE FROM audit WHERE id = 3", "DELETE FROM audit_seals", "UPDATE audit_seals SET up_to = 3"):
        with pytest.raises(DBAPIError, match="append-only"):
            await attempt(url, refused)
