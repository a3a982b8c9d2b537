import asyncio
from dataclasses import replace

from core.domain.errors import GatewayUnreachable
from tests.contract.gateway.worlds import World


async def test_its_life_has_one_name_until_it_restarts(world: World) -> None:
    epoch = await world.gateway.epoch()
    await world.serve("api-0")
    await world.gateway.close(world.port)
    await world.gateway.resync([])
    assert await world.gateway.epoch() == epoch
    assert (await world.gateway.observe()).epoch == epoch
    assert (await world.gateway.usage(world.port)).epoch == epoch
    await world.hands.restart()
    assert await world.gateway.epoch() != epoch


async def test_a_restart_cuts_everything_and_serves_nothing_until_it_is_told_to(world: World) -> None:
    route = await world.serve("api-0")
    caller = await world.hands.connect(route.port)
    assert await caller.reached() == "api-0"
    await world.hands.restart()
    await caller.ended()
    assert await (await world.hands.connect(route.port)).reached() is None
    assert (await world.slot()).shut
    applied = await world.gateway.apply(route)
    assert not applied.interrupted
    assert await (await world.hands.connect(route.port)).reached() == "api-0"


async def test_every_verb_has_a_deadline(world: World) -> None:
    route = await world.serve("api-0")
    await world.hands.hang()
    verbs = (
        world.gateway.epoch(),
        world.gateway.observe(),
        world.gateway.apply(route),
        world.gateway.close(world.port + 1),
        world.gateway.resync([]),
        world.gateway.usage(world.port),
    )
    failures = await asyncio.gather(*verbs, return_exceptions=True)
    assert {type(failure) for failure in failures} == {GatewayUnreachable}
    world.hands.recover()
    await world.gateway.apply(route)
    assert await (await world.hands.connect(route.port)).reached() == "api-0"


async def test_defect_6_no_change_reloads_haproxy_and_others_are_not_disturbed(world: World) -> None:
    epoch = await world.gateway.epoch()
    neighbour = await world.serve("worker-0", at=1)
    theirs = await world.hands.connect(neighbour.port)
    assert await theirs.reached() == "worker-0"
    route = await world.serve("api-0")
    await world.gateway.apply(replace(route, endpoint=await world.hands.pod("api-1")))
    await world.gateway.apply(replace(route, until=world.end(7200)))
    await world.gateway.close(route.port)
    await world.gateway.resync([neighbour])
    assert await theirs.echoes()
    assert await world.gateway.epoch() == epoch
