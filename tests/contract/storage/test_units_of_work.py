import asyncio

import pytest

from core.domain.errors import LostRace, NoSuchMapping
from core.domain.mapping import UNSAVED, MappingId
from core.interfaces import Storage
from tests.contract.storage.samples import ALICE, NOW, asked, move, request, stored


async def test_a_new_mapping_gets_an_id_and_is_there_after_the_commit(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        saved = await uow.record(request())
        await uow.commit()

    async with storage.unit_of_work() as uow:
        assert await uow.mappings.get(saved.id) == saved
    assert saved.id != UNSAVED


async def test_ids_of_new_mappings_differ_and_grow(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        first = await stored(uow)
        second = await stored(uow)
        assert first.id < second.id


async def test_a_unit_of_work_sees_what_it_wrote(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        saved = await stored(uow)
        moved = await uow.record(move(saved))
        assert await uow.mappings.get(saved.id) == moved
        assert moved.version == saved.version + 1


async def test_nothing_is_left_of_a_unit_of_work_that_was_not_committed(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        saved = await stored(uow, "grant")

    async with storage.unit_of_work() as uow:
        with pytest.raises(NoSuchMapping):
            await uow.mappings.get(saved.id)
        assert not await uow.mappings.port_uses()
        assert not await uow.outbox.waiting(NOW)
        assert not await uow.audit.latest()


async def test_nothing_is_left_of_a_unit_of_work_in_which_something_was_raised(storage: Storage) -> None:
    async def record_and_fail() -> None:
        async with storage.unit_of_work() as uow:
            await stored(uow)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await record_and_fail()

    async with storage.unit_of_work() as uow:
        assert not await uow.mappings.live()


async def test_a_cancelled_unit_of_work_leaves_nothing_and_does_not_stand_in_the_way(storage: Storage) -> None:
    begun = asyncio.Event()

    async def record_and_wait() -> None:
        async with storage.unit_of_work() as uow:
            await stored(uow)
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(record_and_wait())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with storage.unit_of_work() as uow:
        assert not await uow.mappings.live()
        await stored(uow)
        await uow.commit()


async def test_a_unit_of_work_may_be_cancelled_at_any_moment(storage: Storage) -> None:
    async def record(name: str) -> None:
        async with storage.unit_of_work() as uow:
            await stored(uow, mapping=asked(name=name))
            await uow.commit()

    for moment in range(25):
        task = asyncio.create_task(record(f"api-{moment}"))
        for _ in range(moment):
            await asyncio.sleep(0.0003)
        task.cancel()
        await asyncio.wait([task])

    await record("last")
    async with storage.unit_of_work() as uow:
        live = await uow.mappings.live()
        assert live[-1].target.name == "last"
        assert len(await uow.audit.latest()) == len(live)
        assert len(await uow.outbox.waiting(NOW)) == len(live)


async def test_a_decision_on_an_old_version_loses_the_race(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        old = await stored(uow)
        await uow.record(move(old))
        await uow.commit()

    async with storage.unit_of_work() as uow:
        with pytest.raises(LostRace):
            await uow.record(move(old))


async def test_a_decision_on_a_mapping_that_is_not_there_loses_the_race(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        saved = await stored(uow)

    async with storage.unit_of_work() as uow:
        with pytest.raises(LostRace):
            await uow.record(move(saved))


async def test_nobody_writes_between_what_is_read_and_what_is_written(storage: Storage) -> None:
    async with storage.unit_of_work() as uow:
        mapping_id = (await stored(uow)).id
        await uow.commit()

    async def raise_version() -> None:
        async with storage.unit_of_work() as uow:
            mapping = await uow.mappings.get(mapping_id)
            await asyncio.sleep(0.001)
            await uow.record(move(mapping))
            await uow.commit()

    await asyncio.gather(*(raise_version() for _ in range(10)))

    async with storage.unit_of_work() as uow:
        assert (await uow.mappings.get(mapping_id)).version == 11


async def test_of_two_requests_at_once_for_one_wish_the_second_sees_the_first(storage: Storage) -> None:
    async def ask_unless_asked() -> MappingId:
        async with storage.unit_of_work() as uow:
            known = [m for m in await uow.mappings.live() if m.requester == ALICE]
            await asyncio.sleep(0.001)
            mapping = known[0] if known else await stored(uow)
            await uow.commit()
            return mapping.id

    assert len(set(await asyncio.gather(*(ask_unless_asked() for _ in range(5))))) == 1


async def test_the_database_answers(storage: Storage) -> None:
    await storage.check()
