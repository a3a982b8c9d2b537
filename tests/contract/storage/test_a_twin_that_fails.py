from datetime import timedelta

import pytest

from core.adapters.memory.storage import MemoryStorage
from core.domain.errors import StorageUnavailable
from tests.contract.storage.samples import stored

AWAY = StorageUnavailable("away")


async def test_it_fails_to_begin_until_it_is_told_otherwise() -> None:
    storage = MemoryStorage()
    storage.fail_with(AWAY)
    with pytest.raises(StorageUnavailable):
        await storage.unit_of_work().__aenter__()
    with pytest.raises(StorageUnavailable):
        await storage.check()
    storage.fail_with(None)
    async with storage.unit_of_work() as uow:
        await stored(uow)


async def test_it_fails_to_commit_and_keeps_nothing() -> None:
    storage = MemoryStorage()
    storage.fail_with(AWAY, on="commit")
    async with storage.unit_of_work() as uow:
        await stored(uow)
        with pytest.raises(StorageUnavailable):
            await uow.commit()
    async with storage.unit_of_work() as uow:
        assert await uow.mappings.live() == []


async def test_a_unit_of_work_inside_another_is_told_that_the_database_is_busy() -> None:
    storage = MemoryStorage(patience=timedelta(milliseconds=20))
    async with storage.unit_of_work():
        with pytest.raises(StorageUnavailable):
            await storage.unit_of_work().__aenter__()
