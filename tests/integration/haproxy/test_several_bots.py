import asyncio
from dataclasses import replace

from core.adapters.haproxy import process
from core.adapters.haproxy.configuration import GatewayConfig
from tests.contract.gateway.pods import echo_pod
from tests.integration.haproxy.conftest import Bot
from tests.integration.haproxy.hands import another_process, calling, kill_haproxy, pid_of, route_to, socket_of


async def test_bots_that_start_at_once_start_one_haproxy(bot: Bot) -> None:
    bots = [bot() for _ in range(4)]
    await asyncio.gather(*(one.__aenter__() for one in bots))
    pids = {await pid_of(one) for one in bots}
    await asyncio.gather(*(one.__aexit__(None, None, None) for one in bots))
    assert len(pids) == 1


async def test_a_bot_that_joins_disturbs_nothing(config: GatewayConfig, bot: Bot) -> None:
    async with bot() as running, echo_pod("api-0") as pod:
        await running.apply(route_to(pod.endpoint, config.ports.first))
        before = await running.identity()
        async with calling(config.ports.first) as caller:
            assert await caller.echoes()
            async with bot(stop_on_exit=True) as standby:
                assert await standby.identity() == before
                assert await caller.echoes()
            assert await running.identity() == before
            assert await caller.echoes()


async def test_one_that_joins_with_another_configuration_replaces_nothing_while_the_first_is_there(
    config: GatewayConfig, bot: Bot
) -> None:
    async with bot(replace(config, maxconn=500)) as second_to_be:
        before = await pid_of(second_to_be)
        async with bot() as newer:
            newer._keeper._idle_at = 0.0
            await newer._keeper._look()
            assert newer.stale
            assert await pid_of(second_to_be) == before
            await second_to_be._keeper._look()
            assert second_to_be.stale == ""


async def test_the_one_that_stays_replaces_it_when_the_other_has_gone(config: GatewayConfig, bot: Bot) -> None:
    older = bot(replace(config, maxconn=500))
    await older.__aenter__()
    before = await pid_of(older)
    async with bot() as newer:
        assert newer.stale
        await older.__aexit__(None, None, None)
        await another_process(newer, before)


async def test_the_one_that_stays_starts_it_again_when_the_other_has_gone(bot: Bot) -> None:
    first = bot()
    await first.__aenter__()
    async with bot() as second:
        await first.__aexit__(None, None, None)
        before = await kill_haproxy(second)
        await another_process(second, before)


async def test_haproxy_is_stopped_by_the_last_one_that_leaves_and_gone_when_that_has_left(
    config: GatewayConfig, bot: Bot
) -> None:
    first, last = bot(stop_on_exit=True), bot(stop_on_exit=True)
    await first.__aenter__()
    await last.__aenter__()
    await first.__aexit__(None, None, None)
    assert process.listener(socket_of(config)) is not None
    await last.__aexit__(None, None, None)
    assert process.listener(socket_of(config)) is None


async def test_a_bot_that_does_not_stop_it_leaves_it_running(config: GatewayConfig, bot: Bot) -> None:
    async with bot() as gateway:
        before = await pid_of(gateway)
    assert process.listener(socket_of(config)) == process.Listener(before)
