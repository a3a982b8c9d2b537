import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from core.domain.errors import LostLease, StorageUnavailable
from core.interfaces import Tenure
from core.services.leadership import LASTS, Leadership, lost_lease
from tests.unit.core.services.town import Town

Duty = Callable[[int], Awaitable[None]]


class Shift:
    """A duty that does nothing, and remembers when it was on."""

    def __init__(self) -> None:
        self.fences: list[int] = []
        self.on = False

    async def __call__(self, fence: int) -> None:
        self.fences.append(fence)
        self.on = True
        try:
            await asyncio.Event().wait()
        finally:
            self.on = False


@asynccontextmanager
async def candidate(town: Town, name: str, duty: Duty) -> AsyncIterator[Leadership]:
    leadership = Leadership(town.storage.lease, name)
    task = asyncio.create_task(leadership.run(duty))
    try:
        yield leadership
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Frozen:
    """A lease whose database stops answering its holder."""

    def __init__(self, town: Town) -> None:
        self._lease, self.hangs = town.storage.lease, False

    async def take(self, holder: str, lasts: timedelta) -> Tenure | None:
        if self.hangs:
            await asyncio.Event().wait()
        return await self._lease.take(holder, lasts)

    async def give_back(self, tenure: Tenure) -> None:
        if not self.hangs:
            await self._lease.give_back(tenure)


async def test_the_duty_is_done_while_the_lease_is_held(town: Town) -> None:
    shift = Shift()
    async with candidate(town, "one", shift) as leadership:
        await asyncio.sleep(60)
        assert (shift.fences, shift.on) == ([1], True)
        assert leadership.tenure == Tenure("one", 1, LASTS)
    assert not shift.on
    assert leadership.tenure is None


async def test_only_one_of_several_does_it(town: Town) -> None:
    shifts = Shift(), Shift()
    async with candidate(town, "one", shifts[0]):
        await asyncio.sleep(0.1)
        async with candidate(town, "two", shifts[1]) as second:
            await asyncio.sleep(60)
            assert ([shift.on for shift in shifts], second.tenure) == ([True, False], None)


async def test_whoever_leaves_in_good_order_lets_the_next_one_in_at_once(town: Town) -> None:
    shifts = Shift(), Shift()
    async with candidate(town, "two", shifts[1]):
        async with candidate(town, "one", shifts[0]):
            await asyncio.sleep(10)
        first_on = shifts[0].fences
        await asyncio.sleep(1)
        assert shifts[1].on or first_on == []


async def test_the_lease_of_a_dead_holder_passes_on_within_its_time(town: Town) -> None:
    await town.storage.lease.take("the dead one", LASTS)
    shift = Shift()
    async with candidate(town, "heir", shift):
        await asyncio.sleep(LASTS.total_seconds() - 0.1)
        assert not shift.on
        await asyncio.sleep(1)
        assert (shift.on, shift.fences) == (True, [2])


async def test_a_holder_whose_database_hangs_stops_before_its_time_is_over(town: Town) -> None:
    lease, shift = Frozen(town), Shift()
    leadership = Leadership(lease, "one")
    task = asyncio.create_task(leadership.run(shift))
    await asyncio.sleep(2)
    lease.hangs = True
    await asyncio.sleep(LASTS.total_seconds())
    assert not shift.on
    assert await town.storage.lease.take("two", LASTS) is not None
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_database_that_fails_for_a_moment_costs_nothing(town: Town) -> None:
    lease, shift = Failing(town), Shift()
    task = asyncio.create_task(Leadership(lease, "one").run(shift))
    await asyncio.sleep(2)
    lease.fails = True
    await asyncio.sleep(2)
    lease.fails = False
    await asyncio.sleep(60)
    assert (shift.on, shift.fences) == (True, [1])
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


class Failing(Frozen):
    """A lease whose database refuses."""

    fails = False

    async def take(self, holder: str, lasts: timedelta) -> Tenure | None:
        if self.fails:
            raise StorageUnavailable("away")
        return await super().take(holder, lasts)


async def test_a_duty_that_finds_the_lease_lost_ends_and_it_is_taken_anew(town: Town) -> None:
    fences: list[int] = []

    async def duty(fence: int) -> None:
        fences.append(fence)
        await asyncio.sleep(1)
        if fence == 1:
            raise LostLease("somebody else has it")
        await asyncio.Event().wait()

    async with candidate(town, "one", duty):
        await asyncio.sleep(10)
    assert fences == [1, 2]


async def test_what_else_a_duty_raises_is_not_hidden(town: Town) -> None:
    async def broken(_: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as raised:
        await Leadership(town.storage.lease, "one").run(broken)
    assert raised.value.subgroup(ZeroDivisionError)
    assert await town.storage.lease.take("two", LASTS) is not None


def test_a_lost_lease_is_found_however_it_is_wrapped() -> None:
    lost = LostLease("gone")
    wrapped = ExceptionGroup("a", [ValueError(), ExceptionGroup("b", [lost])])
    assert lost_lease(lost) is lost_lease(wrapped) is lost
    assert lost_lease(ExceptionGroup("a", [ValueError()])) is None
