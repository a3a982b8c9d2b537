"""The entry port: a slot like any other, and the API behind it while that is shut."""

from dataclasses import replace
from ipaddress import ip_address

from core.domain.route import Route
from tests.contract.gateway.test_deadlines import SOON, until_its_end
from tests.contract.gateway.worlds import API, World


async def mapped(world: World, name: str = "api-0", sources: str = "127.0.0.0/8") -> Route:
    """Have the entry port lead to a new pod."""
    route = replace(world.route(await world.hands.pod(name), sources=sources), port=world.entry.port)
    await world.gateway.apply(route)
    return route


async def reached(world: World, source: str = "127.0.0.1") -> str | None:
    return await (await world.hands.connect(world.entry.port, source)).reached()


async def test_while_nothing_is_mapped_it_leads_to_the_api(world: World) -> None:
    await world.api()
    caller = await world.hands.connect(world.entry.port, "127.0.0.9")
    assert await caller.reached() == API
    assert await caller.echoes()
    slot = await world.slot(world.entry.port)
    assert slot.shut


async def test_while_a_pod_is_mapped_it_leads_there_and_to_the_api_again_afterwards(world: World) -> None:
    await world.api()
    route = await mapped(world)
    assert (await world.slot(route.port)).serves(route)
    assert await reached(world) == "api-0"
    await world.gateway.close(route.port)
    assert (await world.slot(route.port)).shut
    assert await reached(world) == API


async def test_a_cut_ends_the_connections_of_its_mapping_and_leaves_those_to_the_api_alone(world: World) -> None:
    await world.api()
    to_the_api = await world.hands.connect(world.entry.port)
    assert await to_the_api.reached() == API
    route = await mapped(world)
    to_the_pod = await world.hands.connect(world.entry.port)
    assert await to_the_pod.reached() == "api-0"
    assert (await world.slot(route.port)).sessions == 1
    await world.gateway.close(route.port)
    await to_the_pod.ended()
    assert await to_the_api.echoes()


async def test_another_mapping_takes_its_place_and_nobody_stays_on_the_old_one(world: World) -> None:
    await world.api()
    route = await mapped(world, "old")
    caller = await world.hands.connect(world.entry.port)
    assert await caller.reached() == "old"
    await world.gateway.apply(replace(route, endpoint=await world.hands.pod("new")))
    await caller.ended()
    assert await reached(world) == "new"


async def test_past_its_deadline_it_leads_to_the_api_with_nobody_told(world: World) -> None:
    await world.api()
    route = replace(await mapped(world), until=world.end(SOON))
    await world.gateway.apply(route)
    await until_its_end(world, await world.hands.connect(route.port), route.until)
    assert await reached(world) == API
    await world.gateway.close(route.port)
    assert await reached(world) == API


async def test_whom_the_sources_do_not_admit_is_turned_away_and_does_not_find_the_api(world: World) -> None:
    await world.api()
    route = await mapped(world, sources="127.0.0.8")
    assert await reached(world, "127.0.0.9") is None
    assert await reached(world, "127.0.0.8") == "api-0"
    assert (await world.gateway.refused()).by_port == {route.port: {ip_address("127.0.0.9"): 1}}


async def test_callers_of_the_api_are_counted_nowhere(world: World) -> None:
    await world.api()
    before = await world.gateway.usage(world.entry.port)
    assert await reached(world, "127.0.0.9") == API
    route = await mapped(world, sources="127.0.0.8")
    await world.gateway.close(route.port)
    assert await reached(world, "127.0.0.9") == API
    assert await world.gateway.usage(world.entry.port) == before
    assert (await world.gateway.refused()).by_port == {}


async def test_while_the_api_is_down_callers_are_let_go(world: World) -> None:
    assert await reached(world) is None
    assert (await world.gateway.usage(world.entry.port)).failed == 0
    await mapped(world)
    assert await reached(world) == "api-0"


async def test_it_leads_to_the_api_in_its_next_life_as_well(world: World) -> None:
    await world.api()
    route = await mapped(world)
    await world.hands.restart()
    assert await reached(world) == API
    await world.gateway.resync([route])
    assert await reached(world) == "api-0"
    await world.gateway.resync([])
    assert await reached(world) == API


async def test_no_other_port_leads_to_the_api(world: World) -> None:
    await world.api()
    for port in (world.port, world.last):
        assert await (await world.hands.connect(port)).reached() is None
