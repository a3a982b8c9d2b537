from core.adapters.database import migrate
from core.adapters.database.database import Database
from core.domain.mapping import Reference
from tests.contract.storage.listening import GENEROUS, hears, quiet
from tests.contract.storage.samples import PORT, stored
from tests.integration.database.children import child, says, tell


async def test_another_process_s_commit_wakes_us(url: str, database: Database) -> None:
    async with child("commit", url) as other:
        assert await says(other, "ready")
        commits = database.changes.commits()
        await quiet(commits)
        await tell(other)
        assert await hears(commits, GENEROUS)
        assert await says(other, "committed")


async def test_our_own_commit_is_not_heard_twice(database: Database) -> None:
    commits = database.changes.commits()
    await quiet(commits)
    async with database.storage.unit_of_work() as uow:
        await stored(uow)
        await uow.commit()
    assert await hears(commits, GENEROUS)
    assert not await hears(commits, 0.5)


async def test_a_process_that_is_killed_inside_a_unit_of_work_leaves_nothing_half_done(
    url: str, database: Database
) -> None:
    async with child("hang", url) as other:
        assert await says(other, "written")
        other.kill()
        await other.wait()

    async with database.storage.unit_of_work() as uow:
        assert await uow.mappings.live() == []
        assert await uow.audit.latest() == []
        mapping = await stored(uow, "grant", "open")
        await uow.commit()
    async with database.storage.unit_of_work() as uow:
        assert await uow.mappings.find(Reference(port=PORT)) == mapping


async def test_two_processes_that_write_at_once_lose_nothing(url: str, database: Database) -> None:
    async with database.storage.unit_of_work() as uow:
        await stored(uow)
        await uow.commit()
    async with child("count", url) as first, child("count", url) as second:
        assert await says(first, "counted")
        assert await says(second, "counted")
    async with database.storage.unit_of_work() as uow:
        (mapping,) = await uow.mappings.live()
    assert mapping.version == 201


async def test_processes_that_migrate_at_once_do_it_one_after_the_other(empty_url: str) -> None:
    async with child("upgrade", empty_url) as first, child("upgrade", empty_url) as second:
        assert await says(first, "upgraded")
        assert await says(second, "upgraded")
    assert (await migrate.revisions(empty_url)).ready
