from collections.abc import Iterator
from pathlib import Path

import pytest

from core.adapters.haproxy.configuration import Checks, GatewayConfig
from core.domain.route import PortRange
from tests.contract.gateway.haproxies import CHECKED_EVERY, QUICK, free_range, short_folder
from tests.integration.haproxy.hands import kill_who_listens
from tests.integration.standing.station import Station

MAPPINGS = 4


@pytest.fixture
def services() -> int:
    """How many ports there are for Services."""
    return 6


@pytest.fixture
def station(haproxy_wheel: Path, services: int) -> Iterator[Station]:
    """A place for some mappings and some Services; its HAProxy is ended when the test is over."""
    ports = free_range(MAPPINGS + services)
    with short_folder() as folder:
        config = GatewayConfig(
            ports=PortRange(ports.first, ports.first + MAPPINGS - 1),
            services=PortRange(ports.first + MAPPINGS, ports.last),
            checks=Checks(CHECKED_EVERY, QUICK) if services < 100 else None,
            folder=folder / "haproxy",
        )
        try:
            yield Station(config, haproxy_wheel)
        finally:
            kill_who_listens(config)
