import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import pytest

from core.interfaces import Cluster, Services
from tests.contract.cluster.hands import ApiHands, Onlooker
from tests.contract.services.hands import ApiServiceHands, Reader
from tests.integration.kubernetes.loopback_api import LoopbackApi, loopback_api
from tests.real_parts import KubeApi

Look: TypeAlias = Callable[[Cluster], Onlooker]
Read: TypeAlias = Callable[[Services], Reader]


@pytest.fixture
async def hands(kube_api: KubeApi) -> AsyncIterator[ApiHands]:
    async with kube_api.client() as client:
        yield ApiHands(client)


@pytest.fixture
async def loopback() -> AsyncIterator[LoopbackApi]:
    async with loopback_api() as api:
        yield api


@pytest.fixture
def kubeconfig(loopback: LoopbackApi, tmp_path: Path) -> Path:
    return loopback.write_kubeconfig(tmp_path / "kubeconfig", {"token": "secret"})


@pytest.fixture
def service_hands(hands: ApiHands) -> ApiServiceHands:
    return ApiServiceHands(hands)


@pytest.fixture
async def tasks() -> AsyncIterator[list[asyncio.Task[None]]]:
    """Those that are put into it end with the test."""
    tasks: list[asyncio.Task[None]] = []
    yield tasks
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
def look(tasks: list[asyncio.Task[None]]) -> Look:
    """Gives a cluster its consumer, for the rest of the test."""

    def start(cluster: Cluster) -> Onlooker:
        onlooker = Onlooker(cluster)
        tasks.append(asyncio.create_task(onlooker.run()))
        return onlooker

    return start


@pytest.fixture
def read(tasks: list[asyncio.Task[None]]) -> Read:
    """Gives the pictures of a cluster's Services their consumer, likewise."""

    def start(services: Services) -> Reader:
        reader = Reader(services)
        tasks.append(asyncio.create_task(reader.run()))
        return reader

    return start
