from dataclasses import replace

from core.domain.sources import Sources
from tests.contract.gateway.worlds import World


async def test_after_a_restart_everything_is_back_at_once(world: World) -> None:
    routes = [await world.serve(f"api-{at}", at=at) for at in range(3)]
    await world.hands.restart()
    assert await (await world.hands.connect(world.port)).reached() is None
    await world.gateway.resync(routes)
    slots = (await world.gateway.observe()).slots
    for at, route in enumerate(routes):
        assert slots[route.port].serves(route)
        assert await (await world.hands.connect(route.port)).reached() == f"api-{at}"


async def test_what_is_in_no_route_is_shut_and_cut(world: World) -> None:
    kept = await world.serve("api-0")
    stray = await world.serve("stray", at=1)
    caller = await world.hands.connect(stray.port)
    assert await caller.reached() == "stray"
    await world.gateway.resync([kept])
    await caller.ended()
    slots = (await world.gateway.observe()).slots
    assert slots[kept.port].serves(kept)
    assert all(slot.shut for port, slot in slots.items() if port != kept.port)


async def test_connections_of_unchanged_routes_live_on(world: World) -> None:
    kept = await world.serve("api-0")
    caller = await world.hands.connect(kept.port)
    assert await caller.echoes()
    await world.serve("stray", at=1)
    new = world.route(await world.hands.pod("new"), at=2)
    await world.gateway.resync([kept, new])
    assert await caller.echoes()
    await world.gateway.resync([kept, new])
    assert await caller.echoes()
    assert await (await world.hands.connect(new.port)).reached() == "new"


async def test_another_end_and_other_sources_leave_connections_alone(world: World) -> None:
    route = await world.serve("api-0")
    caller = await world.hands.connect(route.port)
    assert await caller.echoes()
    changed = replace(route, until=world.end(7200), sources=Sources.parse("127.0.0.9"))
    await world.gateway.resync([changed])
    assert (await world.slot()).serves(changed)
    assert await caller.echoes()


async def test_another_endpoint_cuts_and_takes_the_next(world: World) -> None:
    route = await world.serve("old")
    caller = await world.hands.connect(route.port)
    assert await caller.reached() == "old"
    await world.gateway.resync([replace(route, endpoint=await world.hands.pod("new"))])
    await caller.ended()
    assert await (await world.hands.connect(route.port)).reached() == "new"


async def test_no_routes_shut_everything(world: World) -> None:
    for at in range(3):
        await world.serve(f"api-{at}", at=at)
    await world.gateway.resync([])
    assert all(slot.shut for slot in (await world.gateway.observe()).slots.values())


async def test_a_senseless_route_is_left_out_and_the_others_are_served(world: World) -> None:
    endpoint = await world.hands.pod("api-0")
    fine = world.route(endpoint)
    nobody = world.route(endpoint, at=1)
    await world.gateway.resync([fine, replace(nobody, sources=Sources(())), replace(fine, port=world.last + 1)])
    slots = (await world.gateway.observe()).slots
    assert slots[fine.port].serves(fine)
    assert slots[nobody.port].shut


async def test_every_port_can_be_served_at_once(world: World) -> None:
    endpoint = await world.hands.pod("api-0")
    routes = [world.route(endpoint, at=at) for at in range(len(world.gateway.ports))]
    await world.gateway.resync(routes)
    slots = (await world.gateway.observe()).slots
    assert all(slots[route.port].serves(route) for route in routes)
    assert await (await world.hands.connect(world.last)).reached() == "api-0"
