import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.domain.errors import StorageUnavailable
from core.domain.mapping import Cause, MappingId
from core.domain.people import System
from core.domain.policy import Policy
from core.domain.states import State
from core.services.timers import Timers
from tests.unit.core.samples import ALICE, BOB, HOUR, MINUTE, RULE, SECOND
from tests.unit.core.services.town import SOON, TTL, Town

INSTANT = 0.05
PENDING = MINUTE
IMPATIENT = Policy((replace(RULE, pending_ttl=PENDING),))


async def until(town: Town, moment: datetime | None, more: float = 0.0) -> None:
    """Sleep until so many seconds after a moment."""
    assert moment is not None
    await asyncio.sleep((moment - town.clock.now()).total_seconds() + more)


async def test_a_mapping_ends_within_an_instant_of_its_end(town: Town) -> None:
    async with town.process():
        await asyncio.sleep(0.4)  # so that no sweep falls on a whole second
        mapping = await town.open()
        caller = town.connect(mapping)
        await until(town, mapping.expires_at, -INSTANT)
        assert caller.alive
        await asyncio.sleep(2 * INSTANT)
        over = await town.now(mapping)
        assert over.ending is not None
        assert (over.state, over.ending.cause, over.ending.by) == (State.CLOSED, Cause.EXPIRED, System.TIMER)
        assert over.ending.at == mapping.expires_at
        assert (await town.told(mapping))[-1] == "ended:channel"
        assert (await town.notices(mapping, "ended"))[0].facts["by_gateway"] == 0


async def test_the_warning_is_given_exactly_once_for_each_end(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        await until(town, mapping.warn_at, -INSTANT)
        assert "warning:thread" not in await town.told(mapping)
        await until(town, mapping.warn_at, INSTANT)
        assert (await town.told(mapping)).count("warning:thread") == 1
        longer = await town.extend(mapping)
        await until(town, longer.warn_at, INSTANT)
        assert (await town.told(mapping)).count("warning:thread") == 2
        await until(town, longer.expires_at, INSTANT)
        assert (await town.now(mapping)).state is State.CLOSED
        assert (await town.told(mapping)).count("warning:thread") == 2


async def test_an_extension_moves_the_appointment(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        longer = await town.extend(mapping, 2 * MINUTE)
        await until(town, longer.expires_at, -INSTANT)
        assert (await town.now(mapping)).state is State.OPEN
        await until(town, longer.expires_at, INSTANT)
        assert (await town.now(mapping)).state is State.CLOSED


async def test_a_request_that_nobody_decides_lapses(town: Town) -> None:
    town.policy = IMPATIENT
    async with town.process():
        mapping = await town.request()
        await asyncio.sleep(PENDING.total_seconds() + 1)
        assert (await town.now(mapping)).state is State.LAPSED


async def test_each_reminder_is_given_exactly_once_whichever_process_gives_it(town: Town) -> None:
    town.policy = Policy((replace(RULE, pending_ttl=PENDING, remind_after=20 * SECOND),))
    async with town.process():
        mapping = await town.request()
        await until(town, mapping.reminders[0], -INSTANT)
        assert await town.told(mapping) == []
        await until(town, mapping.reminders[0], INSTANT)
        assert await town.told(mapping) == ["reminder:approvers"]
    async with town.process("two"):
        await until(town, mapping.reminders[0], 3)
        assert await town.told(mapping) == ["reminder:approvers"]
        await until(town, mapping.pending_until, -1)
        assert await town.told(mapping) == ["reminder:approvers"] * 2
        await until(town, mapping.pending_until, 1)
        assert (await town.now(mapping)).state is State.LAPSED
        assert await town.record(mapping.id) == ["request", "remind", "remind", "lapse"]


async def test_what_is_decided_is_not_reminded_of(town: Town) -> None:
    town.policy = Policy((replace(RULE, remind_after=20 * SECOND),))
    async with town.process():
        mapping = await town.request()
        await town.approve(mapping)
        await until(town, mapping.reminders[-1], 1)
        assert "reminder:approvers" not in await town.told(mapping)


async def test_an_end_that_was_missed_was_brought_by_the_gateway_and_is_told_so(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        caller = town.connect(mapping)
    await until(town, mapping.expires_at, 60)
    town.gateway.tick()
    assert not caller.alive
    async with town.process("two"):
        await asyncio.sleep(SOON)
        over = await town.now(mapping)
        assert over.ending is not None
        assert (over.state, over.ending.by, over.ending.at) == (State.CLOSED, System.GATEWAY, mapping.expires_at)
        assert (await town.notices(mapping, "ended"))[0].facts["by_gateway"] == 1
        assert town.metrics.cuts == []


async def test_an_end_that_came_while_the_lease_passed_on_was_not_missed(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        await until(town, mapping.expires_at, -0.5)
    async with town.process("two"):
        await asyncio.sleep(2)
        over = await town.now(mapping)
        assert over.ending is not None
        assert (over.state, over.ending.by) == (State.CLOSED, System.TIMER)


async def test_a_clock_that_is_put_forward_ends_what_has_ended_without_a_word_of_anybody_away(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        town.clock.step(2 * HOUR)
        await asyncio.sleep(1 + SOON)
        over = await town.now(mapping)
        assert over.ending is not None
        assert (over.state, over.ending.by) == (State.CLOSED, System.TIMER)
        town.clock.step(-2 * HOUR)
        await asyncio.sleep(60)
        assert (await town.slot(over)).shut


async def test_a_clock_that_is_put_back_gives_the_time_by_the_clock(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        await asyncio.sleep(MINUTE.total_seconds())
        town.clock.step(-MINUTE)
        await asyncio.sleep((TTL - SECOND).total_seconds())
        assert (await town.now(mapping)).state is State.OPEN
        await asyncio.sleep(3)
        assert (await town.now(mapping)).state is State.CLOSED


async def test_with_the_database_away_the_gateway_ends_it_and_the_sweep_records_it_later(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        caller = town.connect(mapping)
        await until(town, mapping.expires_at, -1)
        town.storage.fail_with(StorageUnavailable("locked"))
        await asyncio.sleep(10)
        town.gateway.tick()
        assert not caller.alive
        town.storage.fail_with(None)
        await asyncio.sleep(2 + SOON)
        assert (await town.now(mapping)).state is State.CLOSED


async def test_a_start_without_a_database_makes_up_for_it_when_it_is_there(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
    tenure = await town.storage.lease.take("two", timedelta(seconds=5))
    assert tenure is not None
    timers = Timers(_Nobody(), town.metrics)
    town.storage.fail_with(StorageUnavailable("locked"))
    running = asyncio.create_task(timers.run(town.transactions))
    await until(town, mapping.expires_at, 60)
    town.storage.fail_with(None)
    await asyncio.sleep(1 + SOON)
    over = await town.now(mapping)
    assert over.ending is not None
    assert (over.state, over.ending.by) == (State.CLOSING, System.GATEWAY)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


class _Nobody:
    """A scheduler that keeps no appointment."""

    def look_at(self, mapping_id: MappingId, when: object) -> None: ...

    def forget(self, mapping_id: MappingId) -> None: ...


async def test_lost_doubled_late_and_early_appointments_are_harmless(town: Town) -> None:
    async with town.process() as process:
        mapping = await town.open()
        for _ in range(3):
            process.timers.due(mapping.id)
        process.timers.due(MappingId(4711))
        await asyncio.sleep(1)
        assert (await town.now(mapping)).version == mapping.version
        await until(town, mapping.expires_at, INSTANT)
        assert (await town.now(mapping)).state is State.CLOSED
    process.timers.due(mapping.id)
    await asyncio.sleep(1)


async def test_an_appointment_that_comes_early_is_made_again(town: Town) -> None:
    async with town.process() as process:
        await asyncio.sleep(0.4)
        mapping = await town.open()
        process.timers._scheduler.forget(mapping.id)
        process.timers.due(mapping.id)
        await until(town, mapping.warn_at, INSTANT)
        assert "warning:thread" in await town.told(mapping)


async def test_the_sweep_stands_behind_the_appointments(town: Town) -> None:
    async with town.process() as process:
        mapping = await town.open()
        process.timers._scheduler.forget(mapping.id)
        await until(town, mapping.warn_at, 1 + INSTANT)
        assert "warning:thread" in await town.told(mapping)


async def test_what_time_brings_to_somebody_else_s_request_is_theirs(town: Town) -> None:
    town.policy = IMPATIENT
    async with town.process():
        first, second = await town.request(who=ALICE), await town.request("payments/db-0:5005", who=BOB)
        await town.close(first)
        await asyncio.sleep(PENDING.total_seconds() + 1)
        assert [(await town.now(m)).state for m in (first, second)] == [State.WITHDRAWN, State.LAPSED]
