import asyncio
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest

from core.domain.errors import StorageUnavailable
from core.domain.mapping import Cause, Mapping
from core.domain.policy import Policy, ProbeMode
from core.domain.route import Probe
from core.domain.states import State
from core.services.access import Who
from tests.unit.core.samples import ALICE, HOUR, MINUTE, POLICY, RULE, SECOND, pod
from tests.unit.core.services.town import SOON, TTL, Town

PROBED = Policy((replace(RULE, probe=ProbeMode.CONNECT),), POLICY.operators)
FULL = StorageUnavailable("the disk is full")


def moved(town: Town, address: str = "10.9.9.9") -> None:
    """Let the pod have another address."""
    town.cluster.put(pod(address=address))


# -- opening ----------------------------------------------------------------------------------------------------------


async def test_an_approved_mapping_is_opened_at_once_until_the_very_second_that_is_recorded(town: Town) -> None:
    async with town.process():
        await asyncio.sleep(1.3)
        mapping = await town.open()
        assert mapping.state is State.OPEN
        assert await town.serves(mapping)
        assert mapping.expires_at is not None
        assert mapping.expires_at.microsecond == 0
        assert mapping.enforced_until == mapping.expires_at


async def test_no_mapping_lives_longer_than_the_rule_lets_it_to_the_last_second(town: Town) -> None:
    town.policy = Policy((replace(RULE, max_ttl=HOUR, max_lifetime=HOUR),))
    async with town.process():
        await asyncio.sleep(1.3)
        mapping = await town.open(ttl=HOUR)
        assert mapping.opened_at is not None
        assert mapping.expires_at is not None
        assert HOUR - SECOND < mapping.expires_at - mapping.opened_at <= HOUR


@pytest.mark.parametrize("probe", [Probe.REFUSED, Probe.SILENT])
async def test_a_pod_that_does_not_answer_waits_for_a_person_to_say_retry(town: Town, probe: Probe) -> None:
    town.policy = PROBED
    async with town.process():
        mapping = await town.request()
        town.gateway.answer(mapping.endpoint, probe)
        await town.approve(mapping)
        await asyncio.sleep(30)
        stalled = await town.now(mapping)
        assert (stalled.state, stalled.trouble and stalled.trouble.probe) == (State.APPROVED, probe)
        assert (await town.told(mapping)).count("stalled:thread") == 1
        assert (await town.slot(stalled)).shut

        town.gateway.answer(mapping.endpoint, Probe.ANSWERED)
        await asyncio.sleep(30)
        assert (await town.now(mapping)).state is State.APPROVED
        await town.access.retry(mapping.id, Who(ALICE))
        await asyncio.sleep(SOON)
        assert (await town.now(mapping)).state is State.OPEN


async def test_a_pod_that_still_does_not_answer_has_failed_after_five_minutes(town: Town) -> None:
    town.policy = PROBED
    async with town.process():
        mapping = await town.request()
        town.gateway.answer(mapping.endpoint, Probe.REFUSED)
        await town.approve(mapping)
        await asyncio.sleep((5 * MINUTE + SECOND).total_seconds())
        failed = await town.now(mapping)
        assert failed.ending is not None
        assert (failed.state, failed.ending.detail) == (State.FAILED, "the pod refused the connection")


async def test_a_pod_that_moved_while_it_did_not_answer_is_tried_at_its_new_address(town: Town) -> None:
    town.policy = PROBED
    async with town.process():
        mapping = await town.request()
        town.gateway.answer(mapping.endpoint, Probe.REFUSED)
        await town.approve(mapping)
        await asyncio.sleep(SOON)
        moved(town)
        await asyncio.sleep(SOON)
        mapping = await town.now(mapping)
        assert mapping.state is State.OPEN
        assert (await town.slot(mapping)).address == ip_address("10.9.9.9")


# -- a grant whose outcome is unknown ---------------------------------------------------------------------------------


async def test_a_grant_that_could_not_be_recorded_is_closed_before_it_is_tried_again(town: Town) -> None:
    async with town.process():
        await asyncio.sleep(1)
        town.gateway.after_apply = lambda: town.storage.fail_with(FULL, on="commit")
        mapping = await town.open()
        caller = town.connect(mapping)
        assert (mapping.state, caller.alive) == (State.APPROVED, True)
        town.gateway.after_apply = lambda: None
        town.storage.fail_with(None, on="commit")
        await asyncio.sleep(2)
        mapping = await town.now(mapping)
        assert mapping.state is State.OPEN
        assert not caller.alive
        assert await town.serves(mapping)


async def test_a_grant_that_can_never_be_recorded_is_not_kept_open_by_trying(town: Town) -> None:
    async with town.process():
        await asyncio.sleep(1)
        town.gateway.after_apply = lambda: town.storage.fail_with(FULL, on="commit")
        mapping = await town.open()
        await asyncio.sleep((5 * MINUTE + 2 * SECOND).total_seconds())
        assert (await town.now(mapping)).state is State.APPROVED
        assert (await town.slot(mapping)).shut


async def test_a_grant_whose_answer_was_lost_is_closed_before_it_is_tried_again(town: Town) -> None:
    async with town.process():
        await asyncio.sleep(1)
        mapping = await town.approve(await town.request())
        town.gateway.lose_answers()
        await asyncio.sleep(5)
        assert (await town.now(mapping)).state is State.APPROVED
        town.gateway.recover()
        await asyncio.sleep(2)
        mapping = await town.now(mapping)
        assert await town.serves(mapping)
        assert mapping.opened_at is not None
        assert mapping.opened_at > town.clock.now() - 3 * SECOND


async def test_a_process_that_died_before_it_could_record_a_grant_leaves_no_open_door(town: Town) -> None:
    async with town.process("one"):
        await asyncio.sleep(1)
        town.gateway.after_apply = lambda: town.storage.fail_with(FULL, on="commit")
        mapping = await town.open()
        caller = town.connect(mapping)
        assert (mapping.state, caller.alive) == (State.APPROVED, True)
    town.gateway.after_apply = lambda: None
    town.storage.fail_with(None, on="commit")
    async with town.process("two"):
        await asyncio.sleep(1)
        assert not caller.alive
        assert await town.serves(await town.now(mapping))


async def test_what_was_closed_while_it_opened_is_cut_and_never_counts_as_open(town: Town) -> None:
    async with town.process():
        await asyncio.sleep(1)
        closings: list[asyncio.Task[Mapping]] = []
        mapping = await town.request()
        town.gateway.after_apply = lambda: closings.append(asyncio.create_task(town.close(mapping)))
        town.storage.patience = timedelta(seconds=1)
        await town.approve(mapping)
        await asyncio.sleep(1)
        await closings[0]
        after = await town.now(mapping)
        assert after.state in {State.FAILED, State.CLOSED}
        assert (await town.slot(after)).shut


# -- keeping ----------------------------------------------------------------------------------------------------------


async def test_an_extension_reaches_the_gateway_and_is_told_then(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        caller = town.connect(mapping)
        longer = await town.extend(mapping)
        assert "extended:thread" not in await town.told(mapping)
        await asyncio.sleep(SOON)
        assert await town.serves(longer)
        assert (await town.told(mapping))[-1] == "extended:thread"
        assert caller.alive


async def test_an_extension_that_the_gateway_s_own_cut_overtook_says_so(town: Town) -> None:
    async with town.process():
        mapping = await town.open(ttl=MINUTE)
        caller = town.connect(mapping)
        await asyncio.sleep(59.0)
        town.gateway.hang()
        longer = await town.extend(mapping)
        await asyncio.sleep(5)
        town.gateway.recover()
        await asyncio.sleep(3)
        assert not caller.alive
        assert await town.serves(longer)
        assert (await town.told(mapping))[-2:] == ["extended:thread", "interrupted:thread"]
        assert (await town.now(mapping)).state is State.OPEN


async def test_that_connections_were_cut_is_not_forgotten_when_it_cannot_be_recorded_at_once(town: Town) -> None:
    async with town.process():
        mapping = await town.open(ttl=MINUTE)
        await asyncio.sleep(59.0)
        town.gateway.hang()
        await town.extend(mapping)
        await asyncio.sleep(5)
        town.gateway.after_apply = lambda: town.storage.fail_with(FULL, on="commit")
        town.gateway.recover()
        await asyncio.sleep(3)
        town.gateway.after_apply = lambda: None
        town.storage.fail_with(None, on="commit")
        await asyncio.sleep(3)
        assert (await town.told(mapping))[-2:] == ["extended:thread", "interrupted:thread"]


async def test_an_open_mapping_follows_its_pod_and_no_connection_reaches_the_old_address(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        caller = town.connect(mapping)
        moved(town)
        await asyncio.sleep(SOON)
        assert not caller.alive
        after = town.connect(mapping)
        assert after.endpoint is not None
        assert after.endpoint.address == ip_address("10.9.9.9")
        assert (await town.now(mapping)).state is State.OPEN


async def test_a_pod_that_moves_while_it_is_being_opened_is_opened_at_its_new_address(town: Town) -> None:
    async with town.process():
        await asyncio.sleep(1)
        town.gateway.stop()
        mapping = await town.open()
        moved(town)
        await asyncio.sleep(1)
        town.gateway.restart()
        await asyncio.sleep(2)
        mapping = await town.now(mapping)
        assert mapping.state is State.OPEN
        assert (await town.slot(mapping)).address == ip_address("10.9.9.9")


async def test_a_pod_that_is_replaced_before_its_port_opens_is_never_opened(town: Town) -> None:
    applied: list[None] = []
    town.gateway.after_apply = lambda: applied.append(None)
    async with town.process():
        await asyncio.sleep(1)
        town.gateway.stop()
        mapping = await town.open()
        town.cluster.put(pod(uid="another incarnation", address="10.9.9.9"))
        await asyncio.sleep(1)
        town.gateway.restart()
        await asyncio.sleep(2)
        over = await town.now(mapping)
        assert over.ending is not None
        assert (over.state, over.ending.cause) == (State.FAILED, Cause.TARGET_GONE)
        assert not applied


# -- cutting ----------------------------------------------------------------------------------------------------------


async def test_what_is_closed_is_cut_and_reported(town: Town) -> None:
    async with town.process():
        mapping = await town.open()
        caller = town.connect(mapping)
        caller.transfer(10, 20)
        await town.close(mapping)
        await asyncio.sleep(SOON)
        over = await town.now(mapping)
        assert not caller.alive
        assert (over.state, (await town.told(mapping))[-1]) == (State.CLOSED, "ended:thread")
        assert over.traffic is not None
        assert (over.traffic.connections, over.traffic.bytes_in, over.traffic.bytes_out) == (1, 10, 20)
        assert over.traffic.callers == (ip_address("10.0.0.1"),)


async def test_the_next_mapping_on_a_port_counts_its_own(town: Town) -> None:
    async with town.process():
        first = await town.open()
        town.connect(first).transfer(10, 20)
        await town.close(first)
        await asyncio.sleep(SOON)
        second = await town.open()
        assert second.port == first.port
        town.connect(second).transfer(1, 2)
        await town.close(second)
        await asyncio.sleep(SOON)
        report = (await town.now(second)).traffic
        assert report is not None
        assert (report.connections, report.bytes_in, report.bytes_out, report.complete) == (1, 1, 2, True)


async def test_several_ends_at_once_cost_no_look_at_the_whole_gateway(town: Town) -> None:
    async with town.process():
        mappings = [await town.open(target) for target in ("payments/api-0:1", "payments/api-0:2", "payments/api-0:3")]
        before = town.gateway.asked.copy()
        await asyncio.sleep(TTL.total_seconds() + 1)
        assert {(await town.now(mapping)).state for mapping in mappings} == {State.CLOSED}
        in_passing = TTL.total_seconds() // 10
        assert town.gateway.asked["observe"] - before["observe"] <= in_passing
