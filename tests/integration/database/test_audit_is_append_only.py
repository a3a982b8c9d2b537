import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.adapters.database.database import Database
from core.adapters.database.engine import make_engine
from tests.contract.storage.samples import stored


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
