from ipaddress import ip_address

import pytest

from core.domain.errors import NoSlot
from core.domain.route import Rejections
from tests.contract.gateway.worlds import World


async def test_nobody_was_turned_away_at_first(world: World) -> None:
    await world.serve("api-0")
    assert await (await world.hands.connect(world.port)).reached() == "api-0"
    assert await world.gateway.refused() == Rejections(await world.gateway.epoch())


async def test_whom_the_sources_do_not_admit_is_told_by_port_and_address(world: World) -> None:
    for at in (0, 1):
        endpoint = await world.hands.pod(f"api-{at}")
        await world.gateway.apply(world.route(endpoint, at=at, sources="127.0.0.1"))
    for port, source in ((world.port, "127.0.0.2"), (world.port, "127.0.0.2"), (world.port + 1, "127.0.0.3")):
        assert await (await world.hands.connect(port, source)).reached() is None
    assert (await world.gateway.refused()).by_port == {
        world.port: {ip_address("127.0.0.2"): 2},
        world.port + 1: {ip_address("127.0.0.3"): 1},
    }


async def test_it_agrees_with_the_usage_of_the_port(world: World) -> None:
    await world.gateway.apply(world.route(await world.hands.pod("api-0"), sources="127.0.0.1"))
    await (await world.hands.connect(world.port, "127.0.0.9")).reached()
    refused, usage = await world.gateway.refused(), await world.gateway.usage(world.port)
    assert (refused.epoch, refused.by_port) == (usage.epoch, {world.port: usage.refused})


async def test_it_begins_anew_with_another_life(world: World) -> None:
    await world.gateway.apply(world.route(await world.hands.pod("api-0"), sources="127.0.0.1"))
    await (await world.hands.connect(world.port, "127.0.0.9")).reached()
    await world.hands.restart()
    assert (await world.gateway.refused()).by_port == {}


async def test_a_port_that_it_does_not_have_is_told_by_an_error_of_its_own(world: World) -> None:
    beyond = world.last + 1
    with pytest.raises(NoSlot):
        await world.gateway.close(beyond)
    route = world.route(await world.hands.pod("api-0"), at=beyond - world.port)
    with pytest.raises(NoSlot):
        await world.gateway.apply(route)
    await world.gateway.resync([route])
    assert beyond not in (await world.gateway.observe()).slots
