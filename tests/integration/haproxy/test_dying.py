from pathlib import Path

from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.embedded import EmbeddedGateway
from core.domain.errors import GatewayCannotStart, GatewayError
from tests.contract.gateway.pods import echo_pod
from tests.integration.haproxy.conftest import Bot
from tests.integration.haproxy.hands import another_process, eventually, kill_haproxy, pid_of, reached, route_to


async def test_one_that_died_is_started_again_and_serves_nothing_until_it_is_told_to(
    config: GatewayConfig, bot: Bot
) -> None:
    async with bot() as gateway, echo_pod("api-0") as pod:
        route = route_to(pod.endpoint, config.ports.first)
        await gateway.apply(route)
        epoch = await gateway.epoch()
        await another_process(gateway, await kill_haproxy(gateway))
        assert await gateway.epoch() != epoch
        assert await reached(route.port) is None
        await gateway.resync([route])
        assert await reached(route.port) == "api-0"


async def test_one_that_was_adopted_is_started_again_as_well_and_more_than_once(bot: Bot) -> None:
    async with bot() as gateway:
        before = await pid_of(gateway)
    async with bot() as gateway:
        assert await pid_of(gateway) == before
        for _ in range(2):
            await another_process(gateway, await kill_haproxy(gateway))


async def test_one_that_died_while_no_bot_was_there_is_started_again(bot: Bot) -> None:
    async with bot() as gateway:
        before = await kill_haproxy(gateway)
    async with bot() as gateway:
        assert await pid_of(gateway) != before


async def test_trouble_is_told_once_and_is_over_when_haproxy_runs_again(
    folder: Path, bot: Bot, haproxy_wheel: Path
) -> None:
    told: list[GatewayError] = []
    program = folder / "haproxy-to-go"
    program.symlink_to(haproxy_wheel)
    async with bot(binary=program, on_error=told.append) as gateway:
        program.unlink()
        before = await kill_haproxy(gateway)
        await eventually(lambda: trouble_of(gateway))
        assert "haproxy-to-go: No such file" in gateway.trouble
        program.symlink_to(haproxy_wheel)
        await another_process(gateway, before)
        await eventually(lambda: no_trouble_of(gateway))
    assert [type(error) for error in told] == [GatewayCannotStart]


async def trouble_of(gateway: EmbeddedGateway) -> str:
    return gateway.trouble


async def no_trouble_of(gateway: EmbeddedGateway) -> bool:
    return not gateway.trouble
