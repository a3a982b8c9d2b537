from tests.contract.storage.backing import Backing
from tests.contract.storage.listening import GENEROUS, hears, quiet
from tests.contract.storage.samples import stored


async def commit_something(backing: Backing) -> None:
    async with backing.storage.unit_of_work() as uow:
        await stored(uow)
        await uow.commit()


async def test_a_commit_wakes_everybody_who_listens(backing: Backing) -> None:
    first, second = backing.changes.commits(), backing.changes.commits()
    await quiet(first)
    await quiet(second, 0.01)
    await commit_something(backing)
    assert await hears(first, GENEROUS)
    assert await hears(second, GENEROUS)


async def test_a_commit_between_two_looks_is_heard_at_the_second(backing: Backing) -> None:
    commits = backing.changes.commits()
    await quiet(commits)
    await commit_something(backing)
    await commit_something(backing)
    assert await hears(commits, GENEROUS)


async def test_neither_reading_nor_rolling_back_wakes_anybody(backing: Backing) -> None:
    commits = backing.changes.commits()
    await quiet(commits)
    async with backing.storage.unit_of_work() as uow:
        await uow.mappings.live()
        await uow.commit()
    async with backing.storage.unit_of_work() as uow:
        await stored(uow)
    assert not await hears(commits, 0.5)
