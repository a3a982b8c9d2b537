from dataclasses import replace

import pytest

from core.domain.sources import Sources
from tests.contract.gateway.worlds import World


async def test_a_fresh_gateway_serves_nothing(world: World) -> None:
    observed = await world.gateway.observe()
    assert set(observed.slots) == set(world.gateway.ports.numbers())
    assert all(slot.shut for slot in observed.slots.values())
    for port in (world.port, world.last):
        assert await (await world.hands.connect(port)).reached() is None


async def test_nobody_listens_outside_the_range(world: World) -> None:
    with pytest.raises(ConnectionRefusedError):
        await world.hands.connect(world.last + 1)


async def test_a_port_leads_to_its_endpoint(world: World) -> None:
    route = world.route(await world.hands.pod("api-0"))
    applied = await world.gateway.apply(route)
    assert not applied.interrupted
    assert (await world.slot()).serves(route)
    caller = await world.hands.connect(route.port)
    assert await caller.reached() == "api-0"
    assert await caller.echoes()


async def test_a_port_leads_to_an_endpoint_by_ipv6(world: World) -> None:
    route = world.route(await world.hands.pod("api-6", host="::1"))
    await world.gateway.apply(route)
    assert (await world.slot()).serves(route)
    assert await (await world.hands.connect(route.port)).reached() == "api-6"


async def test_each_port_leads_to_its_own_endpoint(world: World) -> None:
    for at in range(3):
        await world.serve(f"api-{at}", at=at)
    for at in range(3):
        assert await (await world.hands.connect(world.port + at)).reached() == f"api-{at}"


async def test_applying_the_same_route_again_changes_nothing(world: World) -> None:
    route = await world.serve("api-0")
    caller = await world.hands.connect(route.port)
    assert await caller.reached() == "api-0"
    applied = await world.gateway.apply(route)
    assert not applied.interrupted
    assert (await world.slot()).serves(route)
    assert await caller.echoes()


async def test_a_later_end_leaves_live_connections_alone(world: World) -> None:
    route = await world.serve("api-0")
    caller = await world.hands.connect(route.port)
    assert await caller.echoes()
    extended = replace(route, until=world.end(7200))
    applied = await world.gateway.apply(extended)
    assert not applied.interrupted
    assert (await world.slot()).serves(extended)
    assert await caller.echoes()


async def test_other_sources_leave_live_connections_alone_even_of_those_no_longer_admitted(world: World) -> None:
    route = await world.serve("api-0")
    caller = await world.hands.connect(route.port)
    assert await caller.echoes()
    narrowed = replace(route, sources=Sources.parse("127.0.0.9"))
    await world.gateway.apply(narrowed)
    assert (await world.slot()).serves(narrowed)
    assert await caller.echoes()
    assert await (await world.hands.connect(route.port)).reached() is None
    assert await (await world.hands.connect(route.port, "127.0.0.9")).reached() == "api-0"


async def test_it_counts_the_connections_of_now(world: World) -> None:
    route = await world.serve("api-0")
    callers = [await world.hands.connect(route.port) for _ in range(3)]
    for caller in callers:
        assert await caller.reached() == "api-0"
    assert (await world.slot()).sessions == 3


async def test_an_endpoint_that_refuses_lets_its_callers_go(world: World) -> None:
    route = world.route(await world.hands.refusing())
    await world.gateway.apply(route)
    caller = await world.hands.connect(route.port)
    assert await caller.reached() is None
    assert (await world.slot()).serves(route)
