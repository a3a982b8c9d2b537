import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from core.adapters.kubernetes.cluster import KubernetesCluster
from core.adapters.kubernetes.credentials import Credentials
from core.adapters.kubernetes.inventory import StaticInventory
from core.adapters.memory.cluster import MemoryCluster
from core.interfaces import Cluster
from tests.contract.cluster.hands import ApiHands, FileHands, Hands, MemoryHands, Onlooker, World
from tests.real_parts import KubeApi


@pytest.fixture(params=["memory", "inventory", "kube-apiserver"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    if request.param == "memory":
        twin = MemoryCluster()
        yield World(twin, MemoryHands(twin))
    elif request.param == "inventory":
        hands = FileHands(tmp_path / "inventory.yaml")
        hands.write()
        async with StaticInventory(hands.path, interval=timedelta(milliseconds=20)) as inventory:
            yield World(inventory, hands)
    else:
        api: KubeApi = request.getfixturevalue("kube_api")
        async with KubernetesCluster(Credentials(str(api.kubeconfig))) as cluster, api.client() as client:
            yield World(cluster, ApiHands(client))


@pytest.fixture
def cluster(world: World) -> Cluster:
    return world.cluster


@pytest.fixture
def hands(world: World) -> Hands:
    return world.hands


@pytest.fixture
async def onlooker(cluster: Cluster) -> AsyncIterator[Onlooker]:
    onlooker = Onlooker(cluster)
    task = asyncio.create_task(onlooker.run())
    yield onlooker
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
