"""What HAProxy itself has to bear, on both versions."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.adapters.clock import SystemClock
from core.adapters.haproxy.rendering import render
from core.adapters.haproxy.socket_gateway import SocketGateway
from tests.contract.gateway.haproxies import ForeignHaproxy, foreign_haproxy, write_files
from tests.contract.gateway.pods import echo_pod
from tests.integration.haproxy.conftest import Bot
from tests.integration.haproxy.hands import calling, reached, route_to
from tests.real_parts import free_port

SILENCE = 1.5  # seconds
CHANGES = 600


@pytest.fixture(params=["haproxy_wheel", "haproxy_debian"])
async def haproxy(request: pytest.FixtureRequest) -> AsyncIterator[ForeignHaproxy]:
    with foreign_haproxy(request.getfixturevalue(request.param)) as haproxy:
        yield haproxy


async def test_hundreds_of_changes_of_state_block_nothing(bot: Bot) -> None:
    async with bot(stop_on_exit=True) as gateway, echo_pod("api-0") as pod:

        async def open_and_close(port: int) -> None:
            for _ in range(CHANGES // len(gateway.ports) // 2):
                await gateway.apply(route_to(pod.endpoint, port))
                await gateway.close(port)

        await asyncio.gather(*map(open_and_close, gateway.ports.numbers()))
        last = max(gateway.ports.numbers())
        await gateway.apply(route_to(pod.endpoint, last))
        assert await reached(last) == "api-0"


async def test_a_connection_that_says_nothing_is_not_cut(haproxy: ForeignHaproxy) -> None:
    config = haproxy.config
    text = render(config).haproxy_cfg.partition("defaults web")[0]
    slots = re.sub(r"^backend entry_default.*(?:\n  .*)*", "", text, flags=re.MULTILINE)
    assert set(re.findall(r"timeout (?:client|server) (\d+)ms", slots)) == {str(24 * 24 * 3600 * 1000)}
    gateway = SocketGateway(config.runtime_address, config.all_ports, SystemClock())
    async with echo_pod("api-0") as pod:
        await gateway.apply(route_to(pod.endpoint, config.ports.first))
        async with calling(config.ports.first) as caller:
            assert await caller.echoes()
            await asyncio.sleep(SILENCE)
            assert await caller.echoes()


async def test_a_caller_is_told_the_address_that_haproxy_sees(haproxy: ForeignHaproxy) -> None:
    haproxy.stop()
    haproxy.config = replace(haproxy.config, whoami_port=free_port())
    write_files(haproxy.config)
    haproxy.start()
    for source in ("127.0.0.1", "127.0.0.9"):
        async with calling(haproxy.config.whoami_port or 0, source) as caller:
            caller.writer.write(b"GET / HTTP/1.0\r\n\r\n")
            answer = (await caller.reader.read()).decode()
        assert answer.startswith("HTTP/1.1 200")
        assert answer.endswith(f"\r\n\r\n{source}\n")
