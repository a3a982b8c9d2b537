"""Without Slack what would be told is settled, so that nothing waits for ever, and nothing comes late one day."""

import asyncio

import pytest

from bot.silence import Silence
from core.adapters.memory.storage import MemoryUnitOfWork
from core.domain.errors import StorageUnavailable
from tests.unit.core.services.town import SOON, Town


@pytest.fixture
async def town() -> Town:
    return Town(asyncio.get_running_loop())


async def waiting(town: Town) -> int:
    return len(await town.transactions.read(lambda uow: uow.outbox.waiting(town.clock.now())))


async def test_what_is_said_is_settled_at_once(town: Town) -> None:
    async with town.process("one", Silence().run):
        await town.open()
        await asyncio.sleep(SOON)
        assert await waiting(town) == 0


async def test_what_was_said_before_it_began_is_settled_too(town: Town) -> None:
    mapping = await town.request()
    assert await town.notices(mapping)
    async with town.process("one", Silence().run):
        await asyncio.sleep(SOON)
        assert await waiting(town) == 0


async def test_a_database_that_is_away_is_waited_for(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = [StorageUnavailable("locked")]

    def unit_of_work(fence: int | None = None) -> MemoryUnitOfWork:
        if failures:
            raise failures.pop()
        return type(town.storage).unit_of_work(town.storage, fence)

    await town.request()
    monkeypatch.setattr(town.storage, "unit_of_work", unit_of_work)
    settling = asyncio.create_task(Silence(look_every=0.01).run(town.transactions))
    await asyncio.sleep(0)
    assert not failures
    async with asyncio.timeout(10):
        while await waiting(town):  # noqa: ASYNC110 - no bell rings for what is settled
            await asyncio.sleep(0.01)
    settling.cancel()
