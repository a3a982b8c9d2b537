import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

import pytest

from tests.contract.gateway.worlds import (
    World,
    dataplane_world,
    embedded_world,
    memory_world,
    real_dataplane_world,
    socket_world,
)
from tests.dataplane_standin import Kind

API: Final = Path(os.environ.get("DATAPLANEAPI", ""))
"""The program dataplaneapi, of whatever version, where there is one."""
WORLDS: Final[dict[str, Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[World]]]] = {
    "memory": lambda _: memory_world(),
    "socket-2.8": lambda request: socket_world(request.getfixturevalue("haproxy_wheel")),
    "socket-2.6": lambda request: socket_world(request.getfixturevalue("haproxy_debian")),
    "dataplane-3.4": lambda request: dataplane_world(request.getfixturevalue("haproxy_wheel"), Kind.V3_4),
    "dataplane-2.9": lambda request: dataplane_world(request.getfixturevalue("haproxy_debian"), Kind.V2_9),
    "embedded": lambda request: embedded_world(request.getfixturevalue("haproxy_wheel")),
}

if API.name:  # else it is not there, rather than skipped: nobody has to have it
    WORLDS["dataplaneapi"] = lambda request: real_dataplane_world(request.getfixturevalue("haproxy_wheel"), API)


@pytest.fixture(params=list(WORLDS))
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with WORLDS[request.param](request) as world:
        yield world
