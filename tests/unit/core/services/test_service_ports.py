"""What becomes of one standing port, step by step."""

import asyncio
from dataclasses import replace
from ipaddress import ip_address

import pytest

from core.domain.route import PortRange, Route
from core.domain.service import ServiceRef, ServiceUid
from core.domain.sources import Sources
from core.domain.standing import Change, Grounds, StandingEvent, StandingPort
from core.domain.target import Endpoint, PodUid
from core.services.service_ports import ServicePorts
from core.services.standing_rows import StandingRows
from tests.unit.core.samples import NOW
from tests.unit.core.services.town import Town

GROUNDS = Grounds(PortRange(9000, 9003), frozenset({"payments"}), Sources.parse("10.0.0.0/8"))
ENDPOINT = Endpoint(ip_address("10.96.0.7"), 5005, PodUid("uid"))
ROW = StandingPort(9000, ServiceRef("payments", "api"), ServiceUid("uid"), ENDPOINT, NOW)
LEAVING = replace(ROW, leaving=True)


class Harbour:
    """The ports of Services alone, without anything that runs by itself."""

    def __init__(self, town: Town) -> None:
        self.town, self.rows = town, StandingRows()
        self.ports = ServicePorts(town.gateway, self.rows, GROUNDS, at_once=5)

    async def row(self, row: StandingPort, before: StandingPort | None = None) -> None:
        """Have a row be so."""
        event = StandingEvent.LEAVING if row.leaving else StandingEvent.GRANTED
        await self.rows.commit(lambda _: [Change(event, row, before, NOW)], self.town.transactions)

    async def resynced(self, *taken: int, complete: bool = True, life: str = "life") -> list[int]:
        """Tell the gateway everything at once; says what there is left to do."""
        reading = await self.ports.read(frozenset(taken))
        await self.town.gateway.resync(reading.claims.routes)
        served: dict[int, Route] = {route.port: route for route in reading.claims.routes}
        return list(reading.resynced(served if complete else None, life))

    async def shut(self, port: int = 9000) -> bool:
        return (await self.town.gateway.observe()).slots[port].shut


@pytest.fixture
async def harbour() -> Harbour:
    harbour = Harbour(Town(asyncio.get_running_loop(), grounds=GROUNDS))
    await harbour.ports.begin(harbour.town.transactions)
    return harbour


async def test_a_port_without_a_row_is_none_of_theirs(harbour: Harbour) -> None:
    assert not await harbour.ports.converge(9000)


async def test_one_with_a_row_is_served_and_one_that_leaves_is_shut_and_given_back(harbour: Harbour) -> None:
    await harbour.row(ROW)
    assert await harbour.ports.converge(9000)
    assert not await harbour.shut()
    await harbour.row(LEAVING, ROW)
    assert await harbour.ports.converge(9000)
    assert await harbour.shut()
    assert harbour.rows.get(9000) is None


async def test_after_a_resync_only_those_that_leave_are_left_and_need_not_be_shut_again(harbour: Harbour) -> None:
    await harbour.row(ROW)
    await harbour.row(replace(LEAVING, port=9001, service=ServiceRef("payments", "gone")))
    assert await harbour.resynced() == [9001]
    assert await harbour.resynced(complete=False) == [9000, 9001]
    await harbour.resynced()
    closed = harbour.town.gateway.asked["close"]
    await harbour.ports.converge(9001)
    assert (harbour.rows.get(9001), harbour.town.gateway.asked["close"]) == (None, closed)


async def test_one_that_a_resync_shut_and_that_serves_again_is_shut_again_before_it_is_given_back(
    harbour: Harbour,
) -> None:
    await harbour.row(LEAVING)
    await harbour.resynced()
    await harbour.row(ROW, LEAVING)
    await harbour.ports.converge(9000)
    caller = harbour.town.gateway.connect(9000, "10.0.0.1")
    assert caller.alive
    await harbour.row(LEAVING, ROW)
    await harbour.ports.converge(9000)
    assert not caller.alive


async def test_one_that_a_mapping_holds_is_left_alone(harbour: Harbour) -> None:
    await harbour.row(ROW)
    await harbour.resynced(9000)
    applied, closed = harbour.town.gateway.asked["apply"], harbour.town.gateway.asked["close"]
    assert not await harbour.ports.converge(9000)
    await harbour.row(LEAVING, ROW)
    assert not await harbour.ports.converge(9000)
    assert harbour.rows.get(9000) is None
    assert (harbour.town.gateway.asked["apply"], harbour.town.gateway.asked["close"]) == (applied, closed)


async def test_one_of_another_range_is_given_back_and_whoever_has_it_now_comes_next(harbour: Harbour) -> None:
    await harbour.row(replace(LEAVING, port=10_000))
    assert not await harbour.ports.converge(10_000)
    assert harbour.rows.get(10_000) is None


async def test_one_without_a_slot_is_not_asked_for_again_in_this_life_of_the_gateway() -> None:
    beyond = Harbour(Town(asyncio.get_running_loop()))
    await beyond.ports.begin(beyond.town.transactions)
    await beyond.row(ROW)
    for _ in range(3):
        await beyond.resynced()
        await beyond.ports.converge(9000)
    assert (beyond.ports.missing, beyond.town.gateway.asked["apply"]) == ({9000}, 1)
    await beyond.resynced(life="another one")
    assert beyond.ports.missing == set()
    await beyond.ports.converge(9000)
    assert beyond.town.gateway.asked["apply"] == 2
