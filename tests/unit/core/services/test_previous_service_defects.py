"""Defects of the previous service, each of which must not come back; the numbers are those of its record."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.errors import BadTtl
from core.domain.people import Client
from core.domain.policy import Policy
from core.domain.refusals import PodUnusable
from core.domain.route import PortRange
from core.domain.states import State
from core.domain.target import Kind, PodUid, Target
from core.services.access import Terrain, Who
from core.services.direct import Direct, Opened
from tests.unit.core.samples import MINUTE, PORTS, RULE, SECOND, pod
from tests.unit.core.services.town import REST, SOON, Town, WatchedGateway

ENTRY = 8849
LONGEST = 2 * MINUTE
CI = Who(Client("ci"))


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    """A town with an entry port, where it may be used; its process runs."""
    town = Town(asyncio.get_running_loop(), policy=Policy((replace(RULE, v1=True, max_ttl=LONGEST),)))
    town.gateway = WatchedGateway(PORTS, town.clock, PortRange(ENTRY, ENTRY))
    async with town.process():
        yield town


async def post(town: Town, pod: str, seconds: float) -> Opened:
    terrain = Terrain(PORTS, REST, entry=ENTRY)
    direct = Direct(town.transactions, town.cluster, lambda: town.policy, terrain)
    return await direct.open(Target.parse(Kind.POD, f"payments/{pod}"), timedelta(seconds=seconds), CI)


async def test_defect_1_an_older_mappings_timer_never_ends_a_newer_one(town: Town) -> None:
    await post(town, "api-0", 10)
    await asyncio.sleep(9)
    newer = (await post(town, "db-0", 60)).mapping
    await asyncio.sleep(30)  # past the older one's end
    assert (await town.now(newer)).state is State.OPEN
    assert await town.serves(newer)
    await asyncio.sleep(31)
    assert (await town.now(newer)).state is State.CLOSED


async def test_defect_2_the_longest_time_is_really_the_longest(town: Town) -> None:
    opened = await post(town, "api-0", 1_000_000)
    assert (opened.cut_to, opened.mapping.ttl) == (LONGEST, LONGEST)
    await asyncio.sleep(LONGEST.total_seconds() + 2)
    assert (await town.now(opened.mapping)).state is State.CLOSED


async def test_defect_2_a_time_within_the_longest_is_given_as_it_is(town: Town) -> None:
    opened = await post(town, "api-0", LONGEST.total_seconds())
    assert (opened.cut_to, opened.mapping.ttl) == (None, LONGEST)


@pytest.mark.parametrize("seconds", [0, -1, -3600, -0.5])
async def test_defect_3_a_time_of_nothing_or_less_is_refused(town: Town, seconds: float) -> None:
    with pytest.raises(BadTtl, match="no time at all"):
        await post(town, "api-0", seconds)
    assert town.storage.tables.mappings == {}


async def test_defect_5_live_connections_are_cut_at_the_end(town: Town) -> None:
    await post(town, "api-0", 4)
    caller = town.gateway.connect(ENTRY, "10.0.0.1")
    assert caller.alive
    await asyncio.sleep(5)
    assert not caller.alive


async def test_defect_7_a_pod_that_was_restarted_is_never_a_strangers(town: Town) -> None:
    opened = await post(town, "api-0", 60)
    town.cluster.put(replace(pod(), uid=PodUid("another")))
    await asyncio.sleep(SOON)
    assert (await town.now(opened.mapping)).state is State.CLOSED
    assert not town.gateway.connect(ENTRY, "10.0.0.1").alive


async def test_defect_11_a_pod_without_an_address_is_not_mapped(town: Town) -> None:
    town.cluster.put(pod(address=None))
    with pytest.raises(PodUnusable, match="has no address yet"):
        await post(town, "api-0", 60)
    await asyncio.sleep(SECOND.total_seconds())
    assert (await town.gateway.observe()).slots[ENTRY].shut
