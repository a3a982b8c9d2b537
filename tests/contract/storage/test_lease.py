import asyncio
from datetime import timedelta

import pytest

from core.domain.errors import LostLease
from core.interfaces import Storage, Tenure
from tests.contract.storage.backing import Backing
from tests.contract.storage.samples import stored

LONG = timedelta(minutes=5)
SHORT = timedelta(milliseconds=20)


async def taken(backing: Backing, holder: str, lasts: timedelta = LONG) -> Tenure:
    tenure = await backing.lease.take(holder, lasts)
    assert tenure is not None
    return tenure


async def commit_under(storage: Storage, fence: int) -> None:
    async with storage.unit_of_work(fence) as uow:
        await stored(uow)
        await uow.commit()


async def count_of_live(storage: Storage) -> int:
    async with storage.unit_of_work() as uow:
        return len(await uow.mappings.live())


async def test_one_holds_it_and_the_others_wait(backing: Backing) -> None:
    tenure = await taken(backing, "a")
    assert (tenure.holder, tenure.lasts) == ("a", LONG)
    assert await backing.lease.take("b", LONG) is None


async def test_renewing_keeps_the_fence(backing: Backing) -> None:
    first = await taken(backing, "a")
    assert (await taken(backing, "a")).fence == first.fence


async def test_what_was_given_back_goes_to_the_next_at_once_with_a_higher_fence(backing: Backing) -> None:
    first = await taken(backing, "a")
    await backing.lease.give_back(first)
    assert (await taken(backing, "b")).fence > first.fence


async def test_what_ran_out_goes_to_whoever_asks_with_a_higher_fence(backing: Backing) -> None:
    first = await taken(backing, "a", SHORT)
    await asyncio.sleep(0.1)
    assert (await taken(backing, "b")).fence > first.fence


async def test_the_same_holder_gets_a_higher_fence_after_it_had_lost_it(backing: Backing) -> None:
    first = await taken(backing, "a", SHORT)
    await asyncio.sleep(0.1)
    assert (await taken(backing, "a")).fence > first.fence


async def test_only_its_own_tenure_can_be_given_back(backing: Backing) -> None:
    old = await taken(backing, "a")
    await backing.lease.give_back(old)
    await taken(backing, "b")
    await backing.lease.give_back(old)
    assert await backing.lease.take("c", LONG) is None


async def test_of_many_who_ask_at_once_one_gets_it(backing: Backing) -> None:
    tenures = await asyncio.gather(*(backing.lease.take(f"holder-{n}", LONG) for n in range(8)))
    assert len([tenure for tenure in tenures if tenure]) == 1


async def test_the_holder_commits_under_its_fence(backing: Backing) -> None:
    tenure = await taken(backing, "a")
    await commit_under(backing.storage, tenure.fence)
    assert await count_of_live(backing.storage) == 1


async def test_a_fence_that_was_overtaken_commits_nothing(backing: Backing) -> None:
    old = await taken(backing, "a")
    await backing.lease.give_back(old)
    await taken(backing, "b")
    with pytest.raises(LostLease):
        await commit_under(backing.storage, old.fence)
    assert await count_of_live(backing.storage) == 0


async def test_a_fence_that_ran_out_commits_nothing_even_where_nobody_took_it(backing: Backing) -> None:
    tenure = await taken(backing, "a", SHORT)
    await asyncio.sleep(0.1)
    with pytest.raises(LostLease):
        await commit_under(backing.storage, tenure.fence)
    assert await count_of_live(backing.storage) == 0


async def test_a_fence_from_the_future_commits_nothing(backing: Backing) -> None:
    tenure = await taken(backing, "a")
    with pytest.raises(LostLease):
        await commit_under(backing.storage, tenure.fence + 1)


async def test_a_lease_that_is_lost_inside_a_unit_of_work_undoes_it(backing: Backing) -> None:
    tenure = await taken(backing, "a", timedelta(milliseconds=200))

    async def record_slowly() -> None:
        async with backing.storage.unit_of_work(tenure.fence) as uow:
            await stored(uow)
            await asyncio.sleep(0.4)
            await uow.commit()

    with pytest.raises(LostLease):
        await record_slowly()
    assert await count_of_live(backing.storage) == 0
