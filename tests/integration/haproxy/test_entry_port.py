"""The entry port beside the others: who comes to it must not take the room of the mappings."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from core.adapters.clock import SystemClock
from core.adapters.haproxy.sections import API_CALLERS
from core.adapters.haproxy.socket_gateway import SocketGateway
from tests.contract.gateway.haproxies import ForeignHaproxy, foreign_haproxy
from tests.contract.gateway.pods import echo_pod
from tests.integration.haproxy.hands import calling, eventually, reached, route_to


@pytest.fixture(params=["haproxy_wheel", "haproxy_debian"])
def haproxy(request: pytest.FixtureRequest) -> Iterator[ForeignHaproxy]:
    with foreign_haproxy(request.getfixturevalue(request.param)) as haproxy:
        yield haproxy


async def test_no_more_than_there_is_room_for_reach_the_api_and_the_mappings_stay_open(haproxy: ForeignHaproxy) -> None:
    config, entry = haproxy.config, haproxy.config.entry
    assert entry is not None
    gateway = SocketGateway(config.runtime_address, config.all_ports, SystemClock())
    async with echo_pod("the API", port=entry.api.port) as api, echo_pod("api-0") as pod:
        await gateway.apply(route_to(pod.endpoint, config.ports.first))
        with ExitStack() as crowd:
            for _ in range(API_CALLERS):
                crowd.enter_context(socket.create_connection(("127.0.0.1", entry.port)))

            async def all_there() -> bool:
                return len(api.tasks) == API_CALLERS

            await eventually(all_there)
            assert await reached(entry.port) is None
            assert await reached(config.ports.first) == "api-0"
            await gateway.apply(route_to(pod.endpoint, entry.port))
            assert await reached(entry.port) == "api-0"
            await gateway.close(entry.port)

        async def room_again() -> bool:
            return await reached(entry.port) == "the API"

        await eventually(room_again)
        async with calling(entry.port) as caller:
            assert await caller.echoes()
