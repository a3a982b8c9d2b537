"""Somebody speaks to HAProxy past the gateway, as an operator may, or a bot that broke off."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.adapters.clock import SystemClock
from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.socket_gateway import SocketGateway
from tests.contract.gateway.haproxies import foreign_haproxy
from tests.contract.gateway.pods import echo_pod
from tests.integration.haproxy.hands import calling, eventually, reached, route_to, socket_of


@pytest.fixture
def config(haproxy_wheel: Path) -> Iterator[GatewayConfig]:
    with foreign_haproxy(haproxy_wheel) as haproxy:
        yield haproxy.config


@pytest.fixture
def gateway(config: GatewayConfig) -> SocketGateway:
    return SocketGateway(config.runtime_address, config.all_ports, SystemClock())


async def say(config: GatewayConfig, words: str) -> str:
    reader, writer = await asyncio.open_unix_connection(socket_of(config))
    writer.write(f"{words}\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    return answer.strip()


async def test_entries_that_belong_to_no_slot_are_taken_out_by_a_resync(
    config: GatewayConfig, gateway: SocketGateway
) -> None:
    for path, entry in ((config.allow_map, "::/0 1"), (config.until_map, "1 99999999999")):
        await say(config, f"add map {path} {entry}")
        assert entry in await say(config, f"show map {path}")
    await gateway.resync([])
    for path in (config.allow_map, config.until_map):
        assert await say(config, f"show map {path}") == ""


async def test_entries_that_are_there_twice_are_gone_when_the_port_is_closed(
    config: GatewayConfig, gateway: SocketGateway
) -> None:
    port = config.ports.first
    async with echo_pod("api-0") as pod:
        await gateway.apply(route_to(pod.endpoint, port))
        for path, entry in ((config.allow_map, f"fd00::{port:x}:127.0.0.0/104 1"), (config.until_map, f"{port} 9")):
            await say(config, f"add map {path} {entry}")
        await gateway.close(port)
    assert (await gateway.observe()).slots[port].shut


async def test_a_slot_that_was_made_ready_and_a_deadline_that_was_deleted_are_put_right_by_haproxy_itself(
    config: GatewayConfig, gateway: SocketGateway
) -> None:
    first, last = config.ports.first, config.ports.last
    async with echo_pod("api-0") as pod:
        await gateway.apply(route_to(pod.endpoint, first))
        async with calling(first) as caller:
            assert await caller.echoes()
            await say(config, f"del map {config.until_map} {first}")
            await say(config, f"set server slot_{last}/target state ready")
            await caller.ended()
        assert await reached(first) is None

    async def shut() -> bool:
        slots = (await gateway.observe()).slots
        return slots[first].address is None and slots[last].shut

    await eventually(shut)
