from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.adapters.kubernetes.cluster import KubernetesCluster
from core.adapters.kubernetes.credentials import Credentials
from core.adapters.kubernetes.inventory import StaticInventory
from core.adapters.memory.cluster import MemoryCluster
from core.interfaces import Names
from tests.contract.cluster.hands import ApiHands, FileHands, Hands, MemoryHands
from tests.contract.names.world import World
from tests.real_parts import KubeApi


@pytest.fixture
def lasting() -> timedelta:
    """How long names are remembered after they were wanted; a test may ask for another time."""
    return timedelta(hours=1)


@pytest.fixture(params=["memory", "inventory", "kube-apiserver"])
async def world(request: pytest.FixtureRequest, tmp_path: Path, lasting: timedelta) -> AsyncIterator[World]:
    if request.param == "memory":
        twin = MemoryCluster(lasting=lasting)
        yield World(twin, MemoryHands(twin))
    elif request.param == "inventory":
        hands = FileHands(tmp_path / "inventory.yaml")
        hands.write()
        interval = timedelta(milliseconds=20)
        async with StaticInventory(hands.path, interval=interval, lasting=lasting) as inventory:
            yield World(inventory, hands)
    else:
        api: KubeApi = request.getfixturevalue("kube_api")
        credentials = Credentials(str(api.kubeconfig))
        async with KubernetesCluster(credentials, lasting=lasting) as cluster, api.client() as client:
            yield World(cluster, ApiHands(client))


@pytest.fixture
def names(world: World) -> Names:
    return world.names


@pytest.fixture
def hands(world: World) -> Hands:
    return world.hands
