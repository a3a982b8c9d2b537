from dataclasses import replace
from datetime import datetime

from core.domain.route import Route
from tests.contract.gateway.callers import Caller
from tests.contract.gateway.worlds import World

SOON = 0.6  # seconds, up to the next whole one


async def until_its_end(world: World, caller: Caller, end: datetime) -> None:
    """See it live up to the end, and end then."""
    lived = await caller.echoes()
    assert lived or world.hands.now() >= end
    await world.hands.wait_until(end)
    await caller.ended()
    assert world.hands.now() >= end


async def ended_route(world: World) -> Route:
    """One that the gateway has ended by itself."""
    route = world.route(await world.hands.pod("api-0"), until=world.end(SOON))
    await world.gateway.apply(route)
    await until_its_end(world, await world.hands.connect(route.port), route.until)
    return route


async def test_the_gateway_ends_a_route_by_itself_live_connections_included(world: World) -> None:
    other = await world.serve("api-1", at=1)
    route = await world.serve("api-0")
    ours, theirs = await world.hands.connect(route.port), await world.hands.connect(other.port)
    assert await theirs.echoes()
    shortened = replace(route, until=world.end(SOON))
    await world.gateway.apply(shortened)
    await until_its_end(world, ours, shortened.until)
    assert await (await world.hands.connect(route.port)).reached() is None
    assert await theirs.echoes()
    slot = await world.slot()
    assert (slot.address, slot.sessions) == (None, 0)


async def test_a_route_that_was_extended_in_time_lives_through_its_former_end(world: World) -> None:
    route = world.route(await world.hands.pod("api-0"), until=world.end(SOON))
    await world.gateway.apply(route)
    caller = await world.hands.connect(route.port)
    assert await caller.reached() == "api-0"
    applied = await world.gateway.apply(replace(route, until=world.end()))
    await world.hands.wait_until(world.end(SOON))
    if not applied.interrupted:  # else this machine took longer for three steps than they had
        assert await caller.echoes()
    assert await (await world.hands.connect(route.port)).reached() == "api-0"


async def test_an_extension_that_comes_after_the_cut_says_so_and_serves(world: World) -> None:
    route = await ended_route(world)
    extended = replace(route, until=world.end())
    applied = await world.gateway.apply(extended)
    assert applied.interrupted
    assert (await world.slot()).serves(extended)
    assert await (await world.hands.connect(route.port)).reached() == "api-0"
    again = await world.gateway.apply(extended)
    assert not again.interrupted


async def test_a_port_that_ended_by_itself_is_closed_and_led_elsewhere_like_any_other(world: World) -> None:
    route = await ended_route(world)
    await world.gateway.close(route.port)
    assert (await world.slot()).shut
    applied = await world.gateway.apply(replace(route, until=world.end()))
    assert not applied.interrupted
