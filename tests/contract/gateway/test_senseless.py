from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address

import pytest

from core.domain.errors import GatewayRefused
from core.domain.route import Route
from core.domain.sources import Sources
from core.domain.target import PodUid
from tests.contract.gateway.worlds import World


def at(address: str, port: int = 5005) -> Callable[[Route], Route]:
    return lambda route: replace(route, endpoint=replace(route.endpoint, address=ip_address(address), port=port))


SENSELESS: dict[str, Callable[[Route], Route]] = {
    "a port outside the range": lambda route: replace(route, port=route.port - 1),
    "a target port of 0": at("10.0.0.7", 0),
    "a target port past the last": at("10.0.0.7", 70_000),
    "no address": at("0.0.0.0"),
    "no address of IPv6": at("::"),
    "a group's address": at("224.0.0.1"),
    "a cloud's metadata": at("169.254.169.254"),
    "a cloud's metadata in IPv6's clothes": at("::ffff:169.254.169.254"),
    "no address in IPv6's clothes": at("::ffff:0.0.0.0"),
    "a link's address": at("fe80::1"),
    "nobody's": lambda route: replace(route, sources=Sources(())),
}


async def test_a_senseless_route_is_refused_and_changes_nothing(world: World) -> None:
    route = world.route(await world.hands.pod("api-0"))
    for what, spoil in SENSELESS.items():
        with pytest.raises(GatewayRefused):
            raise AssertionError(f"{what} was taken: {await world.gateway.apply(spoil(route))}")
        assert (await world.slot()).shut


async def test_a_route_whose_end_has_passed_is_refused_and_changes_nothing(world: World) -> None:
    route = await world.serve("api-0")
    with pytest.raises(GatewayRefused):
        await world.gateway.apply(replace(route, until=world.hands.now() - timedelta(seconds=1)))
    assert (await world.slot()).serves(route)


async def test_the_uid_of_a_pod_is_nothing_to_the_gateway(world: World) -> None:
    route = await world.serve("api-0")
    caller = await world.hands.connect(route.port)
    assert await caller.echoes()
    endpoint = replace(route.endpoint, uid=PodUid("uid;show sess"))
    await world.gateway.apply(replace(route, endpoint=endpoint))
    assert await caller.echoes()
