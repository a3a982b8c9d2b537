import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.adapters.haproxy.configuration import GatewayConfig
from tests.contract.gateway.callers import SocketCaller
from tests.contract.gateway.pods import EchoPod, echo_pod
from tests.integration.haproxy.child import READY
from tests.integration.haproxy.conftest import Bot
from tests.integration.haproxy.hands import calling, pid_of, reached, route_to


@dataclass
class KilledBot:
    """Was here once.

    Attributes:
        haproxy: the process that it started.
        until: when the port ends that it opened.
        caller: has been connected since before.
    """

    haproxy: int
    until: datetime
    caller: SocketCaller


async def what_it_says(lines: asyncio.StreamReader) -> tuple[int, int]:
    async for line in lines:
        mark, *numbers = line.decode().split()
        if mark == READY:
            return int(numbers[0]), int(numbers[1])
    raise AssertionError("the child ended without a word")


@asynccontextmanager
async def a_bot_that_was_killed(
    config: GatewayConfig, binary: Path, pod: EchoPod, seconds: float = 3600
) -> AsyncIterator[KilledBot]:
    ports = config.ports
    arguments = (binary, config.folder, ports.first, ports.last, pod.endpoint.port, seconds)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.integration.haproxy.child", *map(str, arguments)),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    try:
        assert child.stdout is not None
        pid, until = await what_it_says(child.stdout)
        async with calling(ports.first) as caller:
            assert await caller.reached() == pod.name
            child.kill()
            await child.wait()
            yield KilledBot(pid, datetime.fromtimestamp(until, UTC), caller)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def test_sessions_survive_the_bot_and_the_next_one_adopts_its_haproxy(
    config: GatewayConfig, haproxy_wheel: Path, bot: Bot
) -> None:
    async with echo_pod("api-0") as pod, a_bot_that_was_killed(config, haproxy_wheel, pod) as killed:
        assert await killed.caller.echoes()
        async with bot() as gateway:
            assert (await pid_of(gateway), gateway.stale, gateway.trouble) == (killed.haproxy, "", "")
            slot = (await gateway.observe()).slots[config.ports.first]
            assert slot.serves(route_to(pod.endpoint, config.ports.first, killed.until))
            assert await killed.caller.echoes()
        assert await killed.caller.echoes()


async def test_a_mapping_ends_at_its_second_with_no_bot_alive(config: GatewayConfig, haproxy_wheel: Path) -> None:
    async with echo_pod("api-0") as pod, a_bot_that_was_killed(config, haproxy_wheel, pod, seconds=1) as killed:
        lived = await killed.caller.echoes()
        assert lived or datetime.now(UTC) >= killed.until
        await killed.caller.ended()
        assert datetime.now(UTC) >= killed.until
        assert await reached(config.ports.first) is None


async def test_a_bot_that_leaves_and_comes_back_finds_everything_as_it_was(config: GatewayConfig, bot: Bot) -> None:
    async with echo_pod("api-0") as pod:
        async with bot() as gateway:
            route = route_to(pod.endpoint, config.ports.first)
            await gateway.apply(route)
            epoch = await gateway.epoch()
        async with calling(route.port) as caller:
            assert await caller.echoes()
            async with bot() as gateway:
                assert await gateway.epoch() == epoch
                await gateway.resync([route])
                assert await caller.echoes()
