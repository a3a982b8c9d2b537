from core.domain.freezing import Freeze
from core.domain.people import Client
from core.interfaces import Storage
from tests.contract.storage.samples import ALICE, NOW

FROZEN = Freeze(ALICE, NOW, "order 4711 leaks “Größe”")


async def put(storage: Storage, freeze: Freeze, *, commit: bool = True) -> None:
    async with storage.unit_of_work() as uow:
        await uow.freezes.put(freeze)
        if commit:
            await uow.commit()


async def current(storage: Storage) -> Freeze | None:
    async with storage.unit_of_work() as uow:
        return await uow.freezes.current()


async def test_nothing_is_frozen_at_first(storage: Storage) -> None:
    assert await current(storage) is None


async def test_a_freeze_is_there_until_it_is_lifted(storage: Storage) -> None:
    await put(storage, FROZEN)
    assert await current(storage) == FROZEN
    async with storage.unit_of_work() as uow:
        await uow.freezes.lift()
        await uow.commit()
    assert await current(storage) is None
    await put(storage, Freeze(Client("ci"), NOW))
    assert await current(storage) == Freeze(Client("ci"), NOW)


async def test_a_freeze_that_was_not_committed_is_none(storage: Storage) -> None:
    await put(storage, FROZEN, commit=False)
    assert await current(storage) is None
