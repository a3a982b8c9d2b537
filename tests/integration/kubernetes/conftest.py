import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import pytest

from core.interfaces import Cluster
from tests.contract.cluster.hands import ApiHands, Onlooker
from tests.integration.kubernetes.loopback_api import LoopbackApi, loopback_api
from tests.real_parts import KubeApi

Look: TypeAlias = Callable[[Cluster], Onlooker]


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
async def look() -> AsyncIterator[Look]:
    """Gives a cluster its consumer, for the rest of the test."""
    tasks = []

    def start(cluster: Cluster) -> Onlooker:
        onlooker = Onlooker(cluster)
        tasks.append(asyncio.create_task(onlooker.run()))
        return onlooker

    yield start
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
