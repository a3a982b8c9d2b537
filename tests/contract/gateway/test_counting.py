import asyncio
from dataclasses import replace
from ipaddress import ip_address

import pytest

from core.domain.errors import GatewayRefused
from core.domain.route import Usage
from tests.contract.gateway.callers import PATIENCE
from tests.contract.gateway.worlds import World


async def counted(world: World, failed: int = 0, bytes_in: int = 0) -> Usage:
    """The counters, when they have come so far; a moment passes until the end of a connection is counted."""
    async with asyncio.timeout(PATIENCE):
        while True:
            usage = await world.gateway.usage(world.port)
            if (usage.failed, usage.bytes_in) == (failed, bytes_in):
                return usage
            await asyncio.sleep(0.01)


async def test_a_port_that_was_never_used_has_counted_nothing(world: World) -> None:
    usage = await world.gateway.usage(world.port)
    assert usage == Usage(await world.gateway.epoch())


async def test_connections_callers_and_bytes_each_way_are_counted(world: World) -> None:
    await world.serve("api-0")
    for source in ("127.0.0.9", "127.0.0.9", "127.0.0.10"):
        caller = await world.hands.connect(world.port, source)
        assert await caller.echoes()
        await caller.hang_up()
    usage = await counted(world, bytes_in=3 * len("still here\n"))
    assert usage.connections == 3
    assert usage.bytes_out >= usage.bytes_in
    assert usage.callers == {ip_address("127.0.0.9"): 2, ip_address("127.0.0.10"): 1}
    assert (usage.failed, usage.refused) == (0, {})


async def test_each_port_counts_its_own(world: World) -> None:
    await world.serve("api-0")
    await world.serve("api-1", at=1)
    assert await (await world.hands.connect(world.port + 1)).reached() == "api-1"
    assert (await world.gateway.usage(world.port)).connections == 0
    assert (await world.gateway.usage(world.port + 1)).connections == 1


async def test_connections_that_the_endpoint_refuses_are_counted_as_failed(world: World) -> None:
    await world.gateway.apply(world.route(await world.hands.refusing()))
    await (await world.hands.connect(world.port)).reached()
    await counted(world, failed=1)


async def test_counters_run_on_from_route_to_route(world: World) -> None:
    await world.serve("api-0")
    assert await (await world.hands.connect(world.port)).reached() == "api-0"
    await world.gateway.close(world.port)
    await world.serve("api-1")
    assert await (await world.hands.connect(world.port)).reached() == "api-1"
    usage = await world.gateway.usage(world.port)
    assert usage.connections == 2
    assert usage.callers == {ip_address("127.0.0.1"): 2}


async def test_counters_begin_anew_with_another_life(world: World) -> None:
    await world.serve("api-0")
    assert await (await world.hands.connect(world.port)).reached() == "api-0"
    before = await world.gateway.usage(world.port)
    await world.hands.restart()
    after = await world.gateway.usage(world.port)
    assert after == Usage(await world.gateway.epoch())
    assert after.epoch != before.epoch


async def test_a_port_that_it_does_not_have_is_refused(world: World) -> None:
    with pytest.raises(GatewayRefused):
        await world.gateway.usage(world.last + 1)


async def test_an_opened_port_tells_what_it_had_counted_before(world: World) -> None:
    endpoint = await world.hands.pod("api-0")
    first = await world.gateway.apply(world.route(endpoint))
    assert first.usage == Usage(await world.gateway.epoch())
    assert await (await world.hands.connect(world.port, "127.0.0.9")).reached() == "api-0"
    await world.gateway.close(world.port)
    before = await world.gateway.usage(world.port)
    again = await world.gateway.apply(world.route(endpoint))
    assert again.usage == before
    assert before.callers == {ip_address("127.0.0.9"): 1}


async def test_a_port_that_was_open_already_tells_no_counters(world: World) -> None:
    route = await world.serve("api-0")
    applied = await world.gateway.apply(replace(route, until=world.end(7200)))
    assert applied.usage is None
