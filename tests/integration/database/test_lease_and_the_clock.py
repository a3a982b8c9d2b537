from datetime import timedelta

from sqlalchemy import update

from core.adapters.database.database import Database
from core.adapters.database.engine import make_engine
from core.adapters.database.tables import lease

LASTS = timedelta(seconds=5)
HOUR = 3_600.0


async def put_the_clock_back(url: str) -> None:
    """Have the lease as it looks once the database's clock was put back by an hour."""
    engine = make_engine(url)
    async with engine.begin() as connection:
        await connection.execute(update(lease).values(until=lease.c.until + HOUR))
    await engine.dispose()


async def test_a_lease_from_before_the_clock_was_put_back_does_not_last_until_then(
    url: str, database: Database
) -> None:
    dead = await database.lease.take("dead", LASTS)
    assert dead is not None
    await put_the_clock_back(url)
    heir = await database.lease.take("heir", LASTS)
    assert heir is not None
    assert heir.fence > dead.fence
    assert await database.lease.take("dead", LASTS) is None


async def test_a_holder_that_lives_on_takes_it_anew(url: str, database: Database) -> None:
    before = await database.lease.take("one", LASTS)
    assert before is not None
    await put_the_clock_back(url)
    after = await database.lease.take("one", LASTS)
    assert after is not None
    assert after.fence > before.fence
    assert await database.lease.take("another", LASTS) is None
