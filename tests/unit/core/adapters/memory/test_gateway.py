from datetime import timedelta
from ipaddress import ip_address

import pytest

from core.adapters.memory.clock import ManualClock
from core.adapters.memory.gateway import MemoryGateway
from core.domain.errors import GatewayRefused, GatewayUnreachable, StillConnected
from core.domain.route import PortRange, Ports, Probe, Route
from core.domain.sources import Sources
from core.domain.target import Endpoint, PodUid

ENDPOINT = Endpoint(ip_address("10.0.0.7"), 5005, PodUid("uid-1"))
PORT = 10_000


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def gateway(clock: ManualClock) -> MemoryGateway:
    return MemoryGateway(Ports.of(PortRange(PORT, PORT + 9)), clock, deadline=timedelta(milliseconds=10))


@pytest.fixture
def route(clock: ManualClock) -> Route:
    return Route(PORT, ENDPOINT, Sources.parse("127.0.0.0/8"), clock.now() + timedelta(hours=1))


async def test_a_verb_fails_at_its_deadline_while_it_hangs_and_callers_go_on(
    gateway: MemoryGateway, route: Route
) -> None:
    await gateway.apply(route)
    gateway.hang()
    with pytest.raises(GatewayUnreachable):
        await gateway.close(PORT)
    assert gateway.connect(PORT).endpoint == ENDPOINT
    gateway.recover()
    await gateway.close(PORT)
    assert not gateway.connect(PORT).alive


async def test_it_ends_routes_at_their_deadline_while_it_hangs(
    gateway: MemoryGateway, route: Route, clock: ManualClock
) -> None:
    await gateway.apply(route)
    connection = gateway.connect(PORT)
    gateway.hang()
    clock.set(route.until)
    gateway.tick()
    assert not connection.alive


async def test_a_dead_one_has_no_callers_and_its_next_life_begins_empty(gateway: MemoryGateway, route: Route) -> None:
    before = await gateway.epoch()
    await gateway.apply(route)
    connection = gateway.connect(PORT)
    gateway.stop()
    assert not connection.alive
    with pytest.raises(GatewayUnreachable):
        await gateway.epoch()
    with pytest.raises(ConnectionRefusedError):
        gateway.connect(PORT)
    gateway.restart()
    assert await gateway.epoch() != before
    assert not gateway.connect(PORT).alive
    assert (await gateway.usage(PORT)).connections == 0


async def test_what_it_refuses_is_not_done(gateway: MemoryGateway, route: Route) -> None:
    gateway.refuse()
    with pytest.raises(GatewayRefused):
        await gateway.apply(route)
    gateway.recover()
    assert (await gateway.observe()).slots[PORT].shut


async def test_what_it_was_told_is_done_though_the_answer_is_lost(gateway: MemoryGateway, route: Route) -> None:
    gateway.lose_answers()
    with pytest.raises(GatewayUnreachable):
        await gateway.apply(route)
    gateway.recover()
    assert (await gateway.observe()).slots[PORT].serves(route)


async def test_connections_that_cling_are_told_until_they_let_go(gateway: MemoryGateway, route: Route) -> None:
    await gateway.apply(route)
    connection = gateway.connect(PORT)
    gateway.cling(PORT)
    with pytest.raises(StillConnected):
        await gateway.close(PORT)
    with pytest.raises(StillConnected):
        await gateway.resync([])
    assert connection.alive
    gateway.cling(PORT, on=False)
    await gateway.close(PORT)
    assert not connection.alive


async def test_a_caller_of_an_endpoint_that_refuses_is_counted_as_failed(gateway: MemoryGateway, route: Route) -> None:
    gateway.answer(ENDPOINT, Probe.REFUSED)
    await gateway.apply(route)
    assert not gateway.connect(PORT).alive
    assert (await gateway.usage(PORT)).failed == 1


async def test_a_connection_counts_its_bytes_until_it_ends(gateway: MemoryGateway, route: Route) -> None:
    await gateway.apply(route)
    connection = gateway.connect(PORT)
    connection.transfer(3, 4)
    connection.hang_up()
    with pytest.raises(ConnectionResetError):
        connection.transfer(1)
    usage = await gateway.usage(PORT)
    assert (usage.bytes_in, usage.bytes_out) == (3, 4)
    assert (await gateway.observe()).slots[PORT].sessions == 0
