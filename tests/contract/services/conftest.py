import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from core.adapters.kubernetes.cluster import KubernetesCluster
from core.adapters.kubernetes.credentials import Credentials
from core.adapters.kubernetes.inventory import StaticInventory
from core.adapters.memory.cluster import MemoryCluster
from core.interfaces import Services
from tests.contract.cluster.hands import ApiHands
from tests.contract.services.hands import ApiServiceHands, Hands, MemoryHands, Reader, World
from tests.real_parts import KubeApi


@pytest.fixture(params=["memory", "kube-apiserver"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "memory":
        twin = MemoryCluster()
        yield World(twin, MemoryHands(twin.services))
    else:
        api: KubeApi = request.getfixturevalue("kube_api")
        async with KubernetesCluster(Credentials(str(api.kubeconfig))) as cluster, api.client() as client:
            yield World(cluster, ApiServiceHands(ApiHands(client)))


@pytest.fixture
def services(world: World) -> Services:
    return world.services


@pytest.fixture
def hands(world: World) -> Hands:
    return world.hands


@pytest.fixture(params=["memory", "inventory", "kube-apiserver"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Services]:
    """One without any Service."""
    if request.param == "memory":
        yield MemoryCluster()
    elif request.param == "inventory":
        path = tmp_path / "inventory.yaml"
        path.write_text("[]")
        async with StaticInventory(path) as inventory:
            yield inventory
    else:
        api: KubeApi = request.getfixturevalue("kube_api")
        async with KubernetesCluster(Credentials(str(api.kubeconfig))) as cluster:
            yield cluster


@pytest.fixture
async def reader(services: Services) -> AsyncIterator[Reader]:
    reader = Reader(services)
    task = asyncio.create_task(reader.run())
    yield reader
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
