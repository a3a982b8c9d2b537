import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from core.adapters.clock import SystemClock
from core.adapters.memory.clock import ManualClock
from core.adapters.memory.scheduler import MemoryScheduler
from core.adapters.scheduler import ApScheduler
from core.domain.mapping import MappingId
from core.interfaces import Clock, Scheduler

FIRST, SECOND, THIRD = MappingId(1), MappingId(2), MappingId(3)
SOON = timedelta(milliseconds=50)
GENEROUS = 10.0


@dataclass(slots=True)
class Looks:
    """What was looked at, in order."""

    at: list[MappingId] = field(default_factory=list)
    more: asyncio.Condition = field(default_factory=asyncio.Condition)
    then: Callable[[MappingId], None] | None = None

    async def look(self, mapping_id: MappingId) -> None:
        self.at.append(mapping_id)
        if self.then:
            self.then(mapping_id)
        async with self.more:
            self.more.notify_all()

    async def until(self, count: int) -> list[MappingId]:
        """Wait for that many."""
        async with asyncio.timeout(GENEROUS), self.more:
            await self.more.wait_for(lambda: len(self.at) >= count)
        return self.at


@dataclass(slots=True)
class Timers:
    """A scheduler, and how to let time pass for it."""

    scheduler: Scheduler
    clock: Clock
    wait: Callable[[timedelta], Awaitable[None]]
    looks: Looks

    def look_at(self, mapping_id: MappingId, later: timedelta) -> None:
        self.scheduler.look_at(mapping_id, self.clock.now() + later)


async def sleep(time: timedelta) -> None:
    await asyncio.sleep(time.total_seconds())


@pytest.fixture(params=["memory", "apscheduler"])
async def timers(request: pytest.FixtureRequest) -> AsyncIterator[Timers]:
    looks = Looks()
    if request.param == "memory":
        clock = ManualClock()
        memory = MemoryScheduler(looks.look, clock)

        async def advance(time: timedelta) -> None:
            clock.advance(time)
            await memory.fire_due()

        yield Timers(memory, clock, advance, looks)
        return
    async with ApScheduler(looks.look) as scheduler:
        yield Timers(scheduler, SystemClock(), sleep, looks)


async def test_a_mapping_is_looked_at_when_its_time_has_come(timers: Timers) -> None:
    timers.look_at(FIRST, SOON)
    assert timers.looks.at == []
    await timers.wait(2 * SOON)
    assert await timers.looks.until(1) == [FIRST]


async def test_an_appointment_goes_off_once(timers: Timers) -> None:
    timers.look_at(FIRST, SOON)
    await timers.wait(2 * SOON)
    await timers.looks.until(1)
    await timers.wait(2 * SOON)
    assert timers.looks.at == [FIRST]


async def test_a_later_appointment_takes_the_place_of_an_earlier_one(timers: Timers) -> None:
    timers.look_at(FIRST, SOON)
    timers.look_at(FIRST, timedelta(hours=1))
    timers.look_at(SECOND, timedelta(hours=1))
    timers.look_at(SECOND, SOON)
    await timers.wait(4 * SOON)
    assert await timers.looks.until(1) == [SECOND]


async def test_a_forgotten_appointment_does_not_go_off(timers: Timers) -> None:
    timers.look_at(FIRST, SOON)
    timers.look_at(SECOND, SOON)
    timers.scheduler.forget(FIRST)
    timers.scheduler.forget(THIRD)
    await timers.wait(4 * SOON)
    assert await timers.looks.until(1) == [SECOND]


async def test_a_time_that_has_passed_goes_off_at_once_however_late(timers: Timers) -> None:
    timers.look_at(FIRST, -timedelta(days=2))
    await timers.wait(timedelta())
    assert await timers.looks.until(1) == [FIRST]


async def test_many_at_once_all_go_off(timers: Timers) -> None:
    ids = [MappingId(number) for number in range(1, 101)]
    for mapping_id in ids:
        timers.look_at(mapping_id, SOON)
    await timers.wait(2 * SOON)
    assert sorted(await timers.looks.until(100)) == ids


@pytest.mark.parametrize("kind", ["memory", "apscheduler"])
async def test_a_plain_function_is_called_in_the_loop(kind: str) -> None:
    called = asyncio.get_running_loop().create_future()

    def look(mapping_id: MappingId) -> None:
        asyncio.get_running_loop()  # raises in a thread
        called.set_result(mapping_id)

    if kind == "memory":
        await MemoryScheduler(look, ManualClock()).fire(FIRST)
    else:
        async with ApScheduler(look) as scheduler:
            scheduler.look_at(FIRST, datetime.now(UTC))
            await asyncio.wait_for(asyncio.shield(called), GENEROUS)
    assert await called == FIRST


async def test_what_is_looked_at_may_make_a_new_appointment(timers: Timers) -> None:
    def look_again(mapping_id: MappingId) -> None:
        if len(timers.looks.at) == 1:
            timers.look_at(mapping_id, SOON)

    timers.looks.then = look_again
    timers.look_at(FIRST, SOON)
    await timers.wait(2 * SOON)
    await timers.looks.until(1)
    await timers.wait(2 * SOON)
    assert await timers.looks.until(2) == [FIRST, FIRST]
