import pytest

from core.domain.errors import GatewayRefused
from tests.contract.gateway.worlds import World


async def test_a_closed_port_cuts_its_live_connections_and_no_other(world: World) -> None:
    closed, other = await world.serve("api-0"), await world.serve("api-1", at=1)
    ours, theirs = await world.hands.connect(closed.port), await world.hands.connect(other.port)
    assert await ours.reached() == "api-0"
    assert await theirs.reached() == "api-1"
    await world.gateway.close(closed.port)
    await ours.ended()
    assert await theirs.echoes()


async def test_a_closed_port_lets_nobody_in_and_is_seen_shut(world: World) -> None:
    route = await world.serve("api-0")
    await world.gateway.close(route.port)
    assert await (await world.hands.connect(route.port)).reached() is None
    assert (await world.slot()).shut


async def test_closing_what_is_closed_is_fine(world: World) -> None:
    await world.gateway.close(world.port)
    await world.serve("api-0")
    await world.gateway.close(world.port)
    await world.gateway.close(world.port)
    assert (await world.slot()).shut


async def test_a_closed_port_can_be_led_elsewhere_with_other_sources(world: World) -> None:
    await world.serve("api-0")
    await world.gateway.close(world.port)
    route = world.route(await world.hands.pod("api-1"), sources="127.0.0.9")
    applied = await world.gateway.apply(route)
    assert not applied.interrupted
    assert (await world.slot()).serves(route)
    assert await (await world.hands.connect(route.port)).reached() is None
    assert await (await world.hands.connect(route.port, "127.0.0.9")).reached() == "api-1"


async def test_a_port_closes_while_its_endpoint_does_not_answer(world: World) -> None:
    """A connection that is still being made is one, too: when the port is closed, nothing is left of it."""
    route = world.route(await world.hands.silent())
    await world.gateway.apply(route)
    caller = await world.hands.connect(route.port)
    await world.gateway.close(route.port)
    assert (await world.slot()).shut
    assert await caller.reached() is None


async def test_a_port_that_it_does_not_have_is_refused(world: World) -> None:
    with pytest.raises(GatewayRefused):
        await world.gateway.close(world.last + 1)
