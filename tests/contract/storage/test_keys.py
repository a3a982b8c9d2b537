from datetime import timedelta

from core.domain.mapping import Mapping
from core.interfaces import KeyUse, Storage
from tests.contract.storage.samples import NOW, stored

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


async def kept(storage: Storage, key: str, later: timedelta = timedelta(), *, commit: bool = True) -> Mapping:
    async with storage.unit_of_work() as uow:
        mapping = await stored(uow)
        await uow.keys.put(key, KeyUse(mapping.id, f"what {key} asked", NOW + later))
        if commit:
            await uow.commit()
    return mapping


async def found(storage: Storage, key: str, later: timedelta = timedelta()) -> KeyUse | None:
    async with storage.unit_of_work() as uow:
        return await uow.keys.get(key, NOW + later)


async def test_a_key_brings_what_came_of_it_for_a_day(storage: Storage) -> None:
    mapping = await kept(storage, "rest:ci a")
    assert await found(storage, "rest:ci a", DAY) == KeyUse(mapping.id, "what rest:ci a asked", NOW)
    assert await found(storage, "rest:ci a", DAY + SECOND) is None


async def test_a_key_that_nobody_gave_brings_nothing(storage: Storage) -> None:
    await kept(storage, "rest:ci a")
    assert await found(storage, "rest:ci b") is None


async def test_a_key_that_was_not_committed_may_be_given_again(storage: Storage) -> None:
    await kept(storage, "rest:ci a", commit=False)
    assert await found(storage, "rest:ci a") is None


async def test_a_key_that_was_forgotten_may_be_given_again(storage: Storage) -> None:
    await kept(storage, "rest:ci a")
    later = await kept(storage, "rest:ci a", DAY + SECOND)
    use = await found(storage, "rest:ci a", DAY + SECOND)
    assert use is not None
    assert use.mapping_id == later.id
