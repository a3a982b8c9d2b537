import asyncio
from dataclasses import replace

from core.domain.target import Endpoint
from tests.contract.gateway.worlds import World


async def test_another_endpoint_cuts_live_connections_and_takes_the_next(world: World) -> None:
    route = await world.serve("old")
    caller = await world.hands.connect(route.port)
    assert await caller.reached() == "old"
    moved = replace(route, endpoint=await world.hands.pod("new"))
    applied = await world.gateway.apply(moved)
    assert not applied.interrupted
    await caller.ended()
    assert (await world.slot()).serves(moved)
    assert await (await world.hands.connect(route.port)).reached() == "new"


async def test_another_address_with_the_same_port_is_another_endpoint(world: World) -> None:
    old = await world.hands.pod("old", host="127.0.0.11")
    new = await world.hands.pod("new", host="127.0.0.12", port=old.port)
    await world.gateway.apply(world.route(old))
    caller = await world.hands.connect(world.port)
    assert await caller.reached() == "old"
    await world.gateway.apply(world.route(new))
    await caller.ended()
    assert await (await world.hands.connect(world.port)).reached() == "new"


async def test_endpoint_sources_and_end_may_change_together(world: World) -> None:
    await world.serve("old")
    route = world.route(await world.hands.pod("new"), sources="127.0.0.9", until=world.end(7200))
    await world.gateway.apply(route)
    assert (await world.slot()).serves(route)
    assert await (await world.hands.connect(route.port)).reached() is None
    assert await (await world.hands.connect(route.port, "127.0.0.9")).reached() == "new"


async def test_a_move_leaves_other_ports_alone(world: World) -> None:
    await world.serve("old")
    other = await world.serve("other", at=1)
    caller = await world.hands.connect(other.port)
    assert await caller.echoes()
    await world.gateway.apply(world.route(await world.hands.pod("new")))
    assert await caller.echoes()


async def test_whoever_comes_after_a_move_never_reaches_the_old_endpoint(world: World) -> None:
    old, new = await world.hands.pod("old"), await world.hands.pod("new")
    await world.gateway.apply(world.route(old))
    enough = asyncio.Event()
    callers = [asyncio.create_task(keep_calling(world, enough)) for _ in range(4)]
    for endpoint, stranger in ((new, "old"), (old, "new")) * 5:
        await move(world, endpoint, stranger)
    enough.set()
    await asyncio.gather(*callers)


async def move(world: World, endpoint: Endpoint, stranger: str) -> None:
    await world.gateway.apply(world.route(endpoint))
    for _ in range(10):
        caller = await world.hands.connect(world.port)
        assert await caller.reached() != stranger
        await caller.hang_up()


async def keep_calling(world: World, enough: asyncio.Event) -> None:
    while not enough.is_set():
        caller = await world.hands.connect(world.port)
        await caller.reached()
        await caller.hang_up()
        await asyncio.sleep(0)
