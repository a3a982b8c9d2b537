import asyncio

from core.domain.errors import LostLease, StorageUnavailable
from core.domain.states import State
from core.services.leadership import LASTS
from core.services.transactions import Bell, Transactions
from tests.unit.core.services.town import SOON, TTL, Town


class Duty:
    """One more thing that the holder of the lease does."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.begun: list[int | None] = []

    async def __call__(self, transactions: Transactions) -> None:
        self.begun.append(transactions.fence)
        await asyncio.sleep(0.5)
        if self.failures:
            failure = self.failures.pop(0)
            if failure is None:
                return
            raise failure
        await asyncio.Event().wait()


async def test_duties_beside_its_own_are_done_under_the_lease(town: Town) -> None:
    duty = Duty()
    async with town.process("one", duty) as process:
        await asyncio.sleep(SOON)
        assert process.leadership.tenure is not None
        assert duty.begun == [process.leadership.tenure.fence]


async def test_a_duty_that_breaks_begins_again_and_the_others_go_on(town: Town) -> None:
    duty = Duty(ZeroDivisionError(), ExceptionGroup("several", [ValueError(), KeyError()]), StorageUnavailable("away"))
    async with town.process("one", duty) as process:
        mapping = await town.open()
        await asyncio.sleep(10)
        assert len(duty.begun) == 4
        assert len(process.engine.broken) == 1
        await asyncio.sleep(TTL.total_seconds())
        assert (await town.now(mapping)).state is State.CLOSED
        assert process.leadership.tenure is not None
        assert process.engine.broken == []


async def test_a_duty_that_ends_for_no_reason_begins_again_without_haste(town: Town) -> None:
    duty = Duty(None, None)
    async with town.process("one", duty):
        await asyncio.sleep(1)
        assert len(duty.begun) == 1
        await asyncio.sleep(4)
        assert len(duty.begun) == 3


async def test_a_lost_lease_ends_every_duty_however_it_comes_to_light(town: Town) -> None:
    for lost in (LostLease("lost"), ExceptionGroup("several", [ValueError(), LostLease("lost")])):
        duty = Duty(lost)
        async with town.process("one", duty):
            await asyncio.sleep(2)
            first, second = duty.begun
            assert first is not None
            assert second == first + 1  # another tenure, so everything began anew


async def test_a_duty_that_fails_while_it_is_cancelled_ends_all_the_same(town: Town) -> None:
    async def stubborn(_: Transactions) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fails_when_cancelled())
            await asyncio.Event().wait()

    async def fails_when_cancelled() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ZeroDivisionError

    async with asyncio.timeout(LASTS.total_seconds()):
        async with town.process("one", stubborn):
            await asyncio.sleep(SOON)


async def test_what_another_process_commits_is_converged_here(town: Town) -> None:
    async with town.process("one", bell=Bell()):
        await asyncio.sleep(1)
        mapping = await town.approve(await town.request())
        await asyncio.sleep(SOON)
        mapping = await town.now(mapping)
        assert await town.serves(mapping)
        longer = await town.extend(mapping)
        await asyncio.sleep(SOON)
        assert await town.serves(longer)
        await town.close(longer)
        await asyncio.sleep(SOON)
        assert (await town.now(mapping)).state is State.CLOSED


async def test_the_gauges_are_brought_up_to_date(town: Town) -> None:
    async with town.process():
        await town.request()
        await asyncio.sleep(6)
        assert town.metrics.states["requested"] == 1
        assert 0 < town.metrics.oldest_notice <= 6
        town.storage.fail_with(StorageUnavailable("away"))
        await asyncio.sleep(30)
        town.storage.fail_with(None)
        await asyncio.sleep(6)
        assert town.metrics.oldest_notice > 30
