import asyncio

from tests.contract.gateway.worlds import World


async def test_verbs_on_many_ports_at_once_do_not_get_into_each_other_s_way(world: World) -> None:
    pods = [await world.hands.pod(f"api-{at}") for at in range(len(world.gateway.ports))]
    routes = [world.route(pod, at=at) for at, pod in enumerate(pods)]
    await asyncio.gather(*(world.gateway.apply(route) for route in routes))
    slots = (await world.gateway.observe()).slots
    assert all(slots[route.port].serves(route) for route in routes)
    even, odd = routes[::2], routes[1::2]
    await asyncio.gather(
        *(world.gateway.close(route.port) for route in even), *(world.gateway.usage(route.port) for route in odd)
    )
    slots = (await world.gateway.observe()).slots
    assert all(slots[route.port].shut for route in even)
    assert all(slots[route.port].serves(route) for route in odd)
    for at in (0, 1):
        reached = await (await world.hands.connect(world.port + at)).reached()
        assert reached == (f"api-{at}" if at % 2 else None)


async def test_verbs_on_one_port_are_done_one_after_the_other(world: World) -> None:
    routes = [world.route(await world.hands.pod(f"api-{n}"), until=world.end(3600 + n)) for n in range(5)]
    await asyncio.gather(*(world.gateway.apply(route) for route in routes), world.gateway.close(world.port))
    slot = await world.slot()
    assert slot.shut or any(slot.serves(route) for route in routes)


async def test_a_resync_amid_other_verbs_leaves_no_port_between_two_states(world: World) -> None:
    before = [await world.serve(f"old-{at}", at=at) for at in range(3)]
    after = [world.route(await world.hands.pod(f"new-{at}"), at=at) for at in range(3)]
    await asyncio.gather(world.gateway.resync(before), *(world.gateway.apply(route) for route in after))
    slots = (await world.gateway.observe()).slots
    for old, new in zip(before, after, strict=True):
        assert slots[old.port].serves(old) or slots[new.port].serves(new)
