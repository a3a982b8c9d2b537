from dataclasses import replace
from pathlib import Path

from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.embedded import EmbeddedGateway
from core.domain.route import FOREVER
from tests.contract.gateway.haproxies import free_range
from tests.contract.gateway.pods import echo_pod
from tests.integration.haproxy.conftest import Bot
from tests.integration.haproxy.hands import another_process, calling, eventually, pid_of, reached, route_to


async def no_longer_stale(gateway: EmbeddedGateway) -> None:
    async def found() -> bool:
        return not gateway.stale

    await eventually(found)


async def test_one_with_another_configuration_is_kept_until_it_is_idle_and_replaced_then(
    config: GatewayConfig, bot: Bot
) -> None:
    async with echo_pod("api-0") as pod:
        async with bot() as gateway:
            route = route_to(pod.endpoint, config.ports.first)
            await gateway.apply(route)
            before = await pid_of(gateway)
        async with bot(replace(config, maxconn=500)) as gateway:
            assert await pid_of(gateway) == before
            assert "until nobody is connected" in gateway.stale
            async with calling(route.port) as caller:
                await gateway.apply(route)
                assert await caller.echoes()
            await gateway.close(route.port)
            await another_process(gateway, before)
            await no_longer_stale(gateway)
            await gateway.apply(route)
            assert await reached(route.port) == "api-0"


async def test_an_open_port_without_a_caller_keeps_it_as_well(config: GatewayConfig, bot: Bot) -> None:
    async with echo_pod("api-0") as pod:
        async with bot() as gateway:
            await gateway.apply(route_to(pod.endpoint, config.ports.first))
            before = await pid_of(gateway)
        async with bot(replace(config, maxconn=500)) as gateway:
            keeper = gateway._keeper
            for _ in range(3):
                keeper._idle_at = 0.0
                await keeper._look()
            assert await pid_of(gateway) == before
            assert await reached(config.ports.first) == "api-0"


async def test_a_port_without_an_end_and_without_a_caller_does_not_keep_it(config: GatewayConfig, bot: Bot) -> None:
    async with echo_pod("api-0") as pod:
        route = route_to(pod.endpoint, config.ports.first, FOREVER)
        async with bot() as gateway:
            await gateway.apply(route)
            before = await pid_of(gateway)
        async with bot(replace(config, maxconn=500)) as gateway:
            assert (await pid_of(gateway) != before, gateway.stale) == (True, "")


async def test_an_idle_one_with_other_ports_is_replaced_at_once(config: GatewayConfig, bot: Bot) -> None:
    async with bot() as gateway:
        before = await pid_of(gateway)
    elsewhere = replace(config, ports=free_range())
    async with bot(elsewhere) as gateway, echo_pod("api-0") as pod:
        assert (await pid_of(gateway) != before, gateway.stale) == (True, "")
        await gateway.apply(route_to(pod.endpoint, elsewhere.ports.last))
        assert await reached(elsewhere.ports.last) == "api-0"


async def test_another_version_of_haproxy_is_another_configuration(bot: Bot, haproxy_debian: Path) -> None:
    async with bot() as gateway:
        before = await gateway.identity()
    async with bot(binary=haproxy_debian) as gateway:
        after = await gateway.identity()
        assert after.pid != before.pid
        assert after.version != before.version
        assert gateway.stale == ""
