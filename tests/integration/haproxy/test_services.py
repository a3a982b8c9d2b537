"""The Services' ports: their targets are tried, again and again, and nobody else's."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.adapters.clock import SystemClock
from core.adapters.haproxy.commands import command
from core.adapters.haproxy.runtime import RuntimeSocket
from core.adapters.haproxy.socket_gateway import SocketGateway
from core.domain.route import FOREVER
from tests.contract.gateway.haproxies import QUICK, ForeignHaproxy, foreign_haproxy, write_files
from tests.contract.gateway.pods import echo_pod, refusing_endpoint
from tests.integration.haproxy.hands import calling, eventually, reached, route_to


@pytest.fixture(params=["haproxy_wheel", "haproxy_debian"])
def haproxy(request: pytest.FixtureRequest) -> Iterator[ForeignHaproxy]:
    with foreign_haproxy(request.getfixturevalue(request.param)) as haproxy:
        yield haproxy


@pytest.fixture
def gateway(haproxy: ForeignHaproxy) -> SocketGateway:
    return SocketGateway(haproxy.config.runtime_address, haproxy.config.all_ports, SystemClock())


def port_of(haproxy: ForeignHaproxy) -> int:
    assert haproxy.config.services is not None
    return haproxy.config.services.first


async def status(haproxy: ForeignHaproxy, port: int) -> str:
    """What HAProxy found out about a slot's target, in its words."""
    socket = RuntimeSocket(haproxy.config.runtime_address, QUICK, 1)
    [text] = (await socket.ask(command("show", "stat", f"slot_{port}", 4, -1))).replies
    header, line = (row.split(",") for row in text.removeprefix("# ").splitlines())
    return dict(zip(header, line, strict=True))["status"]


async def becomes(haproxy: ForeignHaproxy, port: int, wanted: str) -> None:
    async def found() -> bool:
        return await status(haproxy, port) == wanted

    await eventually(found)


async def test_a_dead_target_goes_down_and_comes_back(haproxy: ForeignHaproxy, gateway: SocketGateway) -> None:
    port = port_of(haproxy)
    async with echo_pod("svc") as pod:
        await gateway.apply(route_to(pod.endpoint, port, FOREVER))
        assert await reached(port) == "svc"
        await becomes(haproxy, port, "UP")
    await becomes(haproxy, port, "DOWN")
    assert await reached(port) is None
    async with echo_pod("svc again", port=pod.endpoint.port):
        await becomes(haproxy, port, "UP")
        assert await reached(port) == "svc again"


async def test_one_that_is_down_is_led_elsewhere_and_shut_as_ever(
    haproxy: ForeignHaproxy, gateway: SocketGateway
) -> None:
    port = port_of(haproxy)
    route = route_to(refusing_endpoint(), port, FOREVER)
    await gateway.apply(route)
    await becomes(haproxy, port, "DOWN")
    assert (await gateway.observe()).slots[port].serves(route)
    async with echo_pod("svc") as pod:
        await gateway.apply(replace(route, endpoint=pod.endpoint))
        assert await reached(port) == "svc"
    await gateway.close(port)
    assert await status(haproxy, port) == "MAINT"
    assert (await gateway.observe()).slots[port].shut


async def test_who_is_connected_stays_when_the_target_stops_listening_and_is_cut_by_a_close(
    haproxy: ForeignHaproxy, gateway: SocketGateway
) -> None:
    port = port_of(haproxy)
    async with echo_pod("a debug agent") as pod:
        await gateway.apply(route_to(pod.endpoint, port, FOREVER))
        async with calling(port) as caller:
            assert await caller.echoes()
            pod.stop_listening()
            await becomes(haproxy, port, "DOWN")
            assert await caller.echoes()
            await gateway.close(port)
            await caller.ended()


async def test_nobody_else_s_target_is_tried(haproxy: ForeignHaproxy, gateway: SocketGateway) -> None:
    port = haproxy.config.ports.first
    async with echo_pod("api-0") as pod:
        await gateway.apply(route_to(pod.endpoint, port))
        assert await status(haproxy, port) == "no check"


async def test_without_checks_no_target_is_tried(haproxy: ForeignHaproxy, gateway: SocketGateway) -> None:
    haproxy.stop()
    haproxy.config = replace(haproxy.config, checks=None)
    write_files(haproxy.config)
    haproxy.start()
    async with echo_pod("svc") as pod:
        await gateway.apply(route_to(pod.endpoint, port_of(haproxy), FOREVER))
        assert await status(haproxy, port_of(haproxy)) == "no check"
