import asyncio
from dataclasses import replace

from core.domain.errors import StorageUnavailable
from core.domain.mapping import Cause
from core.domain.people import System
from core.domain.policy import Policy
from core.domain.route import PortRange
from core.domain.states import State
from core.services.leadership import LASTS
from core.services.transactions import Bell
from tests.unit.core.samples import HOUR, POLICY, SECOND
from tests.unit.core.services.town import SOON, TTL, Town

UNATTENDED = replace(POLICY.rules[0], approvals=0)


# -- a fresh start, and a restart of the gateway ----------------------------------------------------------------------


async def test_at_the_start_the_gateway_serves_what_is_open_and_nothing_else(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
    stray = mapping.route(town.clock.now() + HOUR)
    await town.gateway.apply(replace(stray, port=10_003))
    await town.gateway.close(10_000)
    async with town.process("two"):
        await asyncio.sleep(SOON)
        assert await town.serves(mapping)
        assert (await town.gateway.observe()).slots[10_003].shut


async def test_connections_live_through_a_restart_of_the_bot(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        caller = town.connect(mapping)
    async with town.process("two"):
        await asyncio.sleep(1)
        assert caller.alive
        assert "interrupted:thread" not in await town.told(mapping)


async def test_a_restarted_gateway_is_back_within_a_second_and_people_are_told(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        caller = town.connect(mapping)
        caller.transfer(10, 20)
        town.gateway.restart()
        assert not town.connect(mapping).alive
        await asyncio.sleep(0.5)
        assert await town.serves(mapping)
        assert (await town.told(mapping))[-1] == "interrupted:thread"
        town.connect(mapping).transfer(1, 2)
        await town.close(mapping)
        await asyncio.sleep(SOON)
        report = (await town.now(mapping)).traffic
        assert report is not None
        assert (report.connections, report.bytes_in, report.complete) == (1, 1, False)


async def test_a_restart_while_the_bot_is_away_is_told_as_well(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
    town.gateway.restart()
    async with town.process("two"):
        await asyncio.sleep(SOON)
        assert await town.serves(mapping)
        assert (await town.told(mapping))[-1] == "interrupted:thread"
        await asyncio.sleep(60)
        assert len(await town.notices(mapping, "interrupted")) == 1


async def test_a_restart_costs_one_question_and_no_port_by_port_work(town: Town) -> None:
    town.policy = Policy((UNATTENDED,))
    async with town.process():
        for target in ("payments/api-0:5005", "payments/api-1:5005", "payments/db-0:5005"):
            await town.request(target)
        await asyncio.sleep(SOON)
        applied = town.gateway.asked["apply"]
        town.gateway.restart()
        await asyncio.sleep(0.5)
        assert town.gateway.asked["resync"] == 2
        # what was recorded of each restart rings the bell, and is looked at once
        assert town.gateway.asked["apply"] - applied <= 3


async def test_an_extension_that_was_decided_while_nobody_converged_is_put_in_force_and_told(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
    longer = await town.extend(mapping)
    async with town.process("two"):
        await asyncio.sleep(SOON)
        assert await town.serves(longer)
        assert (await town.told(mapping))[-1] == "extended:thread"
        assert (await town.now(mapping)).enforced_until == longer.expires_at


# -- a gateway that is away, or refuses -------------------------------------------------------------------------------


async def test_with_the_gateway_away_an_approved_mapping_waits_and_opens_when_it_is_back(town: Town) -> None:
    async with town.process():
        await asyncio.sleep(1)
        town.gateway.stop()
        mapping = await town.open()
        assert (mapping.state, mapping.trouble is not None) == (State.APPROVED, True)
        await asyncio.sleep(120)
        town.gateway.restart()
        await asyncio.sleep(2)
        mapping = await town.now(mapping)
        assert (mapping.state, mapping.trouble) == (State.OPEN, None)
        assert mapping.expires_at is not None
        assert mapping.opened_at is not None
        assert mapping.expires_at - mapping.opened_at >= TTL


async def test_after_five_minutes_without_a_gateway_it_has_failed_and_its_port_is_free_when_nothing_can_be_left(
    town: Town,
) -> None:
    async with town.process():
        await asyncio.sleep(1)
        town.gateway.stop()
        mapping = await town.open()
        await asyncio.sleep(5 * 60 + 1)
        failed = await town.now(mapping)
        assert failed.ending is not None
        assert (failed.state, failed.ending.cause) == (State.CLOSING, Cause.OPEN_FAILED)
        assert (await town.told(mapping))[-1] == "failed:thread"
        town.gateway.restart()
        await asyncio.sleep(2)
        assert (await town.now(mapping)).state is State.FAILED
        assert len(await town.notices(mapping, "failed")) == 1


async def test_what_was_not_opened_in_time_is_not_opened_late(town: Town) -> None:
    mapping = await town.approve(await town.request())
    await asyncio.sleep(6 * 60)
    async with town.process():
        await asyncio.sleep(2)
        assert (await town.now(mapping)).state is State.FAILED
        assert town.gateway.asked["apply"] == 0


async def test_a_hanging_gateway_holds_back_one_port_after_the_other_and_loses_nothing(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        town.gateway.hang()
        await town.close(mapping)
        await asyncio.sleep(30)
        assert (await town.now(mapping)).state is State.CLOSING
        town.gateway.recover()
        await asyncio.sleep(5)
        assert (await town.now(mapping)).state is State.CLOSED
        assert town.metrics.gateway_errors["GatewayUnreachable"] > 0


async def test_sessions_that_are_left_keep_the_port_from_being_given_back(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        caller = town.connect(mapping)
        town.gateway.cling(10_000)
        await town.close(mapping)
        await asyncio.sleep(10)
        assert (await town.now(mapping)).state is State.CLOSING
        caller.hang_up()
        await asyncio.sleep(2)
        assert (await town.now(mapping)).state is State.CLOSED


async def test_a_session_that_is_left_does_not_keep_the_others_from_coming_back(town: Town) -> None:
    async with town.process():
        mapping, other = await town.open(), await town.open("payments/db-0:5005")
        caller = town.connect(mapping)
        town.gateway.cling(10_000)
        await town.close(mapping)
        await asyncio.sleep(SOON)
        assert caller.alive
    await town.gateway.close(10_001)
    async with town.process("two"):
        await asyncio.sleep(2)
        assert await town.serves(other)
        assert (await town.now(mapping)).state is State.CLOSING
        await town.close(other)
        await asyncio.sleep(2)
        assert (await town.now(other)).state is State.CLOSED


async def test_with_the_database_away_everything_waits_and_goes_on(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        town.storage.fail_with(StorageUnavailable("away"))
        town.gateway.restart()
        await asyncio.sleep(3)
        assert (await town.slot(mapping)).shut
        town.storage.fail_with(None)
        await asyncio.sleep(1)
        assert await town.serves(mapping)


# -- drift ------------------------------------------------------------------------------------------------------------


async def test_what_somebody_else_did_to_the_gateway_is_put_right(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        await town.gateway.apply(replace(mapping.route(town.clock.now() + 2 * HOUR), port=10_002))
        await town.gateway.close(10_000)
        await asyncio.sleep(11)
        assert await town.serves(mapping)
        assert (await town.gateway.observe()).slots[10_002].shut


async def test_where_nothing_happens_the_gateway_is_asked_little_and_the_database_not_written(town: Town) -> None:
    async with town.process():
        mapping = await town.open(ttl=2 * HOUR)
        before = town.gateway.asked.copy()
        await asyncio.sleep(100)
        assert town.gateway.asked["apply"] == before["apply"]
        assert town.gateway.asked["observe"] - before["observe"] <= 10
        assert await town.record(mapping.id) == ["request", "grant", "opened"]


# -- a range that was changed -----------------------------------------------------------------------------------------


async def test_a_mapping_on_a_port_that_the_gateway_lost_ends_and_says_so(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
    waiting = await town.approve(await town.request("payments/db-0:5005"))
    elsewhere = Town(town.loop, ports=PortRange(20_000, 20_001))
    town.gateway = elsewhere.gateway
    async with town.process("two"):
        await asyncio.sleep(2)
        lost = await town.now(mapping)
        assert lost.ending is not None
        assert (lost.state, lost.ending.cause, lost.ending.by) == (State.CLOSED, Cause.CLOSED, System.GATEWAY)
        assert "does not serve port 10000" in lost.ending.detail
        assert lost.traffic is not None
        assert not lost.traffic.complete
        assert (await town.told(mapping))[-1] == "ended:channel"
        await asyncio.sleep(5 * 60 + 2)
        assert (await town.now(waiting)).state is State.FAILED


# -- leadership -------------------------------------------------------------------------------------------------------


async def test_a_second_process_takes_over_where_the_first_one_left_off(town: Town) -> None:
    async with town.process("one"):
        mapping = await town.open()
        async with town.process("two") as second:
            await asyncio.sleep(2)
            assert second.leadership.tenure is None
    async with town.process("three") as third:
        await asyncio.sleep(LASTS.total_seconds() + 1)
        assert third.leadership.tenure is not None
        assert await town.serves(mapping)
        await asyncio.sleep(TTL.total_seconds())
        assert (await town.now(mapping)).state is State.CLOSED


async def test_the_figures_are_told(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        await asyncio.sleep(6)
        assert town.metrics.states == {"requested": 0, "approved": 0, "open": 1, "closing": 0}
        assert [seconds < 1 for seconds in town.metrics.openings] == [True]
        await asyncio.sleep((TTL + SECOND).total_seconds())
        assert (await town.now(mapping)).state is State.CLOSED
        assert [seconds < 0.1 for seconds in town.metrics.cuts] == [True]


async def test_a_gateway_that_takes_long_to_look_at_is_looked_at_seldom(town: Town) -> None:
    async with town.process():
        mapping = await town.open(ttl=2 * HOUR)
        town.gateway.observing_takes = 0.5
        await asyncio.sleep(20)
        before = town.gateway.asked["observe"]
        await asyncio.sleep(1800)
        assert 2 <= town.gateway.asked["observe"] - before <= 4
        assert (await town.now(mapping)).state is State.OPEN


async def test_a_ring_that_was_lost_costs_some_seconds_and_nothing_else(town: Town) -> None:
    async with town.process(bell=Bell()) as process:
        town.gateway.observing_takes = 0.5
        await asyncio.sleep(20)
        process.engine._duties[3].__self__._rung[1] = 99  # type: ignore[attr-defined]  # as if it had been rung
        mapping = await town.open()
        assert mapping.state is State.APPROVED
        await asyncio.sleep(11)
        assert (await town.now(mapping)).state is State.OPEN


async def test_a_ring_that_comes_late_opens_nothing_that_was_closed(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        await town.close(mapping)
        await asyncio.sleep(SOON)
        assert (await town.slot(mapping)).shut
        town.transactions.bell.ring(mapping)
        await asyncio.sleep(SOON)
        assert (await town.slot(mapping)).shut


async def test_what_a_former_holder_of_the_lease_still_does_is_undone_soon(town: Town) -> None:
    async with town.process() as process:
        mapping = await town.open()
        town.gateway.observing_takes = 0.5
        await asyncio.sleep(15)
        tenure = process.leadership.tenure
        assert tenure is not None
        await town.storage.lease.give_back(tenure)
        assert await town.storage.lease.take("another", SECOND)
        await asyncio.sleep(LASTS.total_seconds())
        assert process.leadership.tenure is not None
        await town.gateway.apply(replace(mapping.route(town.clock.now() + HOUR), port=10_003))
        await asyncio.sleep(12)
        assert (await town.gateway.observe()).slots[10_003].shut
