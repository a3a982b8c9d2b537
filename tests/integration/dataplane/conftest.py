from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from core.adapters.clock import SystemClock
from core.adapters.haproxy.dataplane.gateway import DataplaneGateway
from core.domain.route import Route
from tests.contract.gateway.haproxies import ForeignHaproxy, foreign_haproxy, write_files_with_api
from tests.contract.gateway.pods import EchoPod, echo_pod
from tests.dataplane_standin import USER, Kind, StandIn
from tests.integration.haproxy.hands import route_to

DEADLINE = timedelta(seconds=0.5)


@dataclass
class Setting:
    """A bot's gateway, the API that it speaks to, the HAProxy behind that, and a pod."""

    gateway: DataplaneGateway
    api: StandIn
    haproxy: ForeignHaproxy
    pod: EchoPod

    @property
    def first(self) -> int:
        return min(self.gateway.ports.numbers())

    def route(self, at: int = 0) -> Route:
        return route_to(self.pod.endpoint, self.first + at)


@pytest.fixture
def haproxy(haproxy_wheel: Path) -> Iterator[ForeignHaproxy]:
    with foreign_haproxy(haproxy_wheel, write=write_files_with_api) as haproxy:
        yield haproxy


@pytest.fixture(params=list(Kind), ids=lambda kind: kind.value)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture
async def setting(haproxy: ForeignHaproxy, kind: Kind) -> AsyncIterator[Setting]:
    async with StandIn(haproxy.config.folder, kind) as api, echo_pod("api-0") as pod:
        ports, clock = haproxy.config.all_ports, SystemClock()
        async with DataplaneGateway(api.url, lambda: (USER, api.password), ports, clock, deadline=DEADLINE) as gateway:
            yield Setting(gateway, api, haproxy, pod)
