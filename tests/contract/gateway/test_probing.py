import asyncio
from ipaddress import ip_address

import pytest

from core.domain.errors import GatewayRefused
from core.domain.route import Probe
from core.domain.target import Endpoint, PodUid
from tests.contract.gateway.worlds import World


async def test_an_endpoint_that_accepts_has_answered(world: World) -> None:
    assert await world.gateway.probe(await world.hands.pod("api-0")) is Probe.ANSWERED


async def test_an_endpoint_that_accepts_without_a_word_has_answered(world: World) -> None:
    assert await world.gateway.probe(await world.hands.mute()) is Probe.ANSWERED


async def test_an_endpoint_by_ipv6_is_tried(world: World) -> None:
    assert await world.gateway.probe(await world.hands.pod("api-6", host="::1")) is Probe.ANSWERED


async def test_an_endpoint_where_nothing_listens_refuses(world: World) -> None:
    assert await world.gateway.probe(await world.hands.refusing()) is Probe.REFUSED


async def test_many_are_tried_at_once_and_the_silent_keep_nobody_waiting(world: World) -> None:
    silent, mute, refusing = await world.hands.silent(), await world.hands.mute(), await world.hands.refusing()
    probes = asyncio.gather(*(world.gateway.probe(endpoint) for endpoint in [silent] * 24 + [mute, refusing] * 4))
    await asyncio.sleep(0.05)
    route = await world.serve("api-0")
    assert not probes.done() or await world.gateway.probe(silent) is Probe.SILENT
    assert await (await world.hands.connect(route.port)).reached() == "api-0"
    assert await probes == [Probe.SILENT] * 24 + [Probe.ANSWERED, Probe.REFUSED] * 4


async def test_a_probe_opens_nothing_and_counts_as_nobody(world: World) -> None:
    await world.gateway.probe(await world.hands.pod("api-0"))
    assert all(slot.shut for slot in (await world.gateway.observe()).slots.values())
    assert (await world.gateway.usage(world.port)).connections == 0


@pytest.mark.parametrize("port", [0, 70_000])
async def test_a_port_that_cannot_be_is_refused(world: World, port: int) -> None:
    with pytest.raises(GatewayRefused):
        await world.gateway.probe(Endpoint(ip_address("127.0.0.1"), port, PodUid("uid")))
