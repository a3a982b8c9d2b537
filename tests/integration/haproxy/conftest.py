from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from core.adapters.clock import SystemClock
from core.adapters.haproxy.configuration import GatewayConfig
from core.adapters.haproxy.embedded import EmbeddedGateway
from tests.contract.gateway.haproxies import free_range, short_folder
from tests.integration.haproxy.hands import kill_who_listens

Bot: TypeAlias = Callable[..., EmbeddedGateway]


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder


@pytest.fixture
def config(folder: Path) -> Iterator[GatewayConfig]:
    """What HAProxy is to be; whatever listens in its folder when the test is over is ended."""
    config = GatewayConfig(ports=free_range(), folder=folder / "haproxy")
    yield config
    kill_who_listens(config)


@pytest.fixture
def bot(config: GatewayConfig, haproxy_wheel: Path) -> Bot:
    """The part of a bot that has to do with HAProxy: each call makes another one, all of them with one folder."""

    def make(other: GatewayConfig = config, **settings: Any) -> EmbeddedGateway:
        return EmbeddedGateway(other, SystemClock(), **{"binary": haproxy_wheel, **settings})

    return make
