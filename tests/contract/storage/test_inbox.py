from datetime import timedelta

import pytest

from core.domain.errors import AlreadyDelivered
from core.interfaces import Storage
from tests.contract.storage.samples import NOW

LONG = timedelta(hours=1, seconds=1)


async def take(storage: Storage, key: str, later: timedelta = timedelta(), *, commit: bool = True) -> None:
    async with storage.unit_of_work() as uow:
        await uow.take(key, NOW + later)
        if commit:
            await uow.commit()


async def test_a_delivery_is_taken_once(storage: Storage) -> None:
    await take(storage, "Ev1")
    with pytest.raises(AlreadyDelivered) as raised:
        await take(storage, "Ev1", timedelta(minutes=59))
    assert raised.value.key == "Ev1"


async def test_a_delivery_that_was_not_committed_may_come_again(storage: Storage) -> None:
    await take(storage, "Ev1", commit=False)
    await take(storage, "Ev1")


async def test_other_deliveries_are_taken_as_well(storage: Storage) -> None:
    await take(storage, "Ev1")
    await take(storage, "Ev2")


async def test_a_key_is_forgotten_after_an_hour_and_remembered_anew(storage: Storage) -> None:
    await take(storage, "Ev1")
    await take(storage, "other", LONG - timedelta(seconds=30))
    await take(storage, "Ev1", LONG)
    with pytest.raises(AlreadyDelivered):
        await take(storage, "Ev1", LONG)
