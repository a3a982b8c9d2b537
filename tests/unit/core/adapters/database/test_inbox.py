from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from core.adapters.database import migrate
from core.adapters.database.database import Database
from core.adapters.database.tables import inbox
from tests.contract.storage.samples import NOW


async def test_keys_that_were_forgotten_are_swept_out(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'test.db'}"
    await migrate.upgrade(url)
    async with Database(url) as database:
        for number in range(100):
            async with database.storage.unit_of_work() as uow:
                await uow.take(f"Ev{number}", NOW + number * timedelta(minutes=5))
                await uow.commit()
        async with database._engine.connect() as connection:
            assert (await connection.execute(select(func.count()).select_from(inbox))).scalar_one() <= 13
