"""The Services' ports: their targets may be tried, and their routes have no end."""

from dataclasses import replace

from core.domain.route import FOREVER, Route
from tests.contract.gateway.worlds import World


async def standing(world: World, name: str) -> Route:
    """Have a Service's port lead to a new endpoint, without an end."""
    route = replace(world.route(await world.hands.pod(name), until=FOREVER), port=world.last)
    await world.gateway.apply(route)
    return route


async def test_a_route_without_an_end_is_served_and_read_back(world: World) -> None:
    route = await standing(world, "svc")
    assert (await world.slot(route.port)).serves(route)
    assert await (await world.hands.connect(route.port)).reached() == "svc"
    await world.gateway.resync([route])
    assert (await world.slot(route.port)).serves(route)


async def test_a_port_that_is_given_back_cuts_its_live_connections(world: World) -> None:
    route = await standing(world, "svc")
    caller = await world.hands.connect(route.port)
    assert await caller.reached() == "svc"
    await world.gateway.close(route.port)
    await caller.ended()
    assert (await world.slot(route.port)).shut


async def test_a_service_that_moved_cuts_and_takes_the_next(world: World) -> None:
    route = await standing(world, "old")
    caller = await world.hands.connect(route.port)
    assert await caller.reached() == "old"
    moved = replace(route, endpoint=await world.hands.pod("new"))
    await world.gateway.apply(moved)
    await caller.ended()
    assert (await world.slot(route.port)).serves(moved)
    assert await (await world.hands.connect(route.port)).reached() == "new"


async def test_a_resync_moves_gives_back_and_leaves_alone(world: World) -> None:
    route = await standing(world, "old")
    caller = await world.hands.connect(route.port)
    assert await caller.reached() == "old"
    await world.gateway.resync([route])
    assert await caller.echoes()
    await world.gateway.resync([replace(route, endpoint=await world.hands.pod("new"))])
    await caller.ended()
    other = await world.hands.connect(route.port)
    assert await other.reached() == "new"
    await world.gateway.resync([])
    await other.ended()
