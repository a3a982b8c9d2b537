import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from core.domain.errors import StorageUnavailable
from core.domain.mapping import Mapping, MappingId
from core.domain.refusals import OwnRequest
from core.interfaces import Refusal
from core.services.others_commits import OthersCommits
from core.services.transactions import Bell, Transactions
from tests.unit.core.samples import ALICE, NOW
from tests.unit.core.services.town import SOON, Town


@asynccontextmanager
async def listening(town: Town, bell: Bell) -> AsyncIterator[list[tuple[int, str]]]:
    """What rings here, in a process that shares nothing but the database."""
    rung: list[tuple[int, str]] = []
    transactions = Transactions(town.storage, town.clock, bell)
    task = asyncio.create_task(OthersCommits(town.storage.changes).run(transactions))

    def note(mapping: Mapping) -> None:
        rung.append((mapping.id, mapping.state.value))

    with bell.listening(note):
        await asyncio.sleep(0.01)
        yield rung
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_what_others_change_rings_here(town: Town) -> None:
    async with listening(town, Bell()) as rung:
        mapping = await town.request()
        await asyncio.sleep(SOON)
        await town.close(mapping)
        await asyncio.sleep(SOON)
    assert rung == [(1, "requested"), (1, "withdrawn")]


async def test_what_was_committed_here_does_not_ring_twice(town: Town) -> None:
    async with listening(town, town.transactions.bell) as rung:
        await town.request()
        await asyncio.sleep(SOON)
    assert rung == [(1, "requested")]


async def test_several_changes_at_once_are_one_ring_with_the_last_state(town: Town) -> None:
    async with listening(town, Bell()) as rung:
        mapping = await town.request()
        await town.close(mapping)
        await asyncio.sleep(SOON)
    assert rung[-1] == (1, "withdrawn")


async def test_more_than_one_page_of_changes_is_read_to_its_end(town: Town) -> None:
    refusals = [Refusal(NOW, ALICE, "request", "NotAMember") for _ in range(1_200)]
    async with listening(town, Bell()) as rung:
        async with town.storage.unit_of_work() as uow:
            for refusal in refusals:
                await uow.refuse(refusal)
            await uow.commit()
        await town.request()
        await asyncio.sleep(SOON)
        assert rung == [(1, "requested")]


async def test_a_refusal_rings_nothing_even_where_it_names_what_never_was(town: Town) -> None:
    async with listening(town, Bell()) as rung:
        await town.transactions.refuse(Refusal(NOW, ALICE, "close", OwnRequest.__name__, MappingId(4711)))
        mapping = await town.request()
        await asyncio.sleep(SOON)
    assert rung == [(mapping.id, "requested")]


async def test_what_was_missed_while_the_database_was_away_rings_later(town: Town) -> None:
    async with listening(town, Bell()) as rung:
        mapping = await town.request()
        town.storage.fail_with(StorageUnavailable("away"))
        await asyncio.sleep(SOON)
        assert rung == []
        town.storage.fail_with(None)
        await town.close(mapping)
        await asyncio.sleep(SOON)
    assert rung == [(1, "withdrawn")]
