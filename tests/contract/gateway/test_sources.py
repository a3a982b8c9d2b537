from ipaddress import ip_address

from tests.contract.gateway.worlds import World


async def test_only_the_sources_may_connect(world: World) -> None:
    await world.gateway.apply(world.route(await world.hands.pod("api-0"), sources="127.0.0.9,127.0.1.0/24"))
    assert await (await world.hands.connect(world.port, "127.0.0.9")).reached() == "api-0"
    assert await (await world.hands.connect(world.port, "127.0.1.77")).reached() == "api-0"
    assert await (await world.hands.connect(world.port, "127.0.0.8")).reached() is None
    assert await (await world.hands.connect(world.port, "127.0.2.1")).reached() is None


async def test_the_sources_of_one_port_open_no_other(world: World) -> None:
    for at, source in enumerate(("127.0.0.8", "127.0.0.9")):
        await world.gateway.apply(world.route(await world.hands.pod(f"api-{at}"), at=at, sources=source))
    assert await (await world.hands.connect(world.port, "127.0.0.9")).reached() is None
    assert await (await world.hands.connect(world.port + 1, "127.0.0.9")).reached() == "api-1"


async def test_anybody_may_connect_where_the_sources_say_so(world: World) -> None:
    await world.gateway.apply(world.route(await world.hands.pod("api-0"), sources="0.0.0.0/0"))
    assert await (await world.hands.connect(world.port, "127.9.9.9")).reached() == "api-0"


async def test_an_admitted_network_and_one_inside_of_another_are_read_back(world: World) -> None:
    route = world.route(await world.hands.pod("api-0"), sources="10.0.0.0/8,127.0.0.0/9,127.0.0.9,192.168.1.7")
    await world.gateway.apply(route)
    assert (await world.slot()).serves(route)


async def test_networks_of_ipv6_are_read_back_and_let_nobody_in_by_ipv4(world: World) -> None:
    route = world.route(await world.hands.pod("api-0"), sources="fc00::/7,::/0,2001:db8::1")
    await world.gateway.apply(route)
    assert (await world.slot()).serves(route)
    assert await (await world.hands.connect(world.port)).reached() is None


async def test_sources_that_change_are_exactly_the_new_ones(world: World) -> None:
    endpoint = await world.hands.pod("api-0")
    for sources in ("127.0.0.8,127.0.0.9,fc00::/7", "127.0.0.9", "0.0.0.0/0", "fd00::/8,127.0.0.10", "127.0.0.0/24"):
        route = world.route(endpoint, sources=sources)
        await world.gateway.apply(route)
        assert (await world.slot()).serves(route)
    assert await (await world.hands.connect(world.port, "127.0.0.77")).reached() == "api-0"
    assert await (await world.hands.connect(world.port, "127.0.1.1")).reached() is None


async def test_refused_callers_are_counted_by_their_address(world: World) -> None:
    await world.gateway.apply(world.route(await world.hands.pod("api-0"), sources="127.0.0.9"))
    for source in ("127.0.0.9", "127.0.0.8", "127.0.0.7", "127.0.0.8"):
        await (await world.hands.connect(world.port, source)).reached()
    usage = await world.gateway.usage(world.port)
    assert usage.refused == {ip_address("127.0.0.7"): 1, ip_address("127.0.0.8"): 2}
    assert usage.callers == {ip_address("127.0.0.7"): 1, ip_address("127.0.0.8"): 2, ip_address("127.0.0.9"): 1}
    assert usage.connections == 1


async def test_who_comes_to_a_port_that_is_not_open_is_nobody_s_refused_caller(world: World) -> None:
    await (await world.hands.connect(world.port)).reached()
    await world.serve("api-0")
    await world.gateway.close(world.port)
    await (await world.hands.connect(world.port)).reached()
    usage = await world.gateway.usage(world.port)
    assert (usage.callers, usage.refused) == ({}, {})
