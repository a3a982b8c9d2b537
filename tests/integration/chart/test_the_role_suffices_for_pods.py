"""The contract of clusters, held with what the chart's roles permit and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from core.interfaces import Cluster
from tests.contract.cluster.hands import Hands, Onlooker
from tests.contract.cluster.test_following import *  # noqa: F403 - these tests are the contract, whatever they are
from tests.contract.cluster.test_looking_up import *  # noqa: F403 - as above
from tests.integration.chart.conftest import Installed


@pytest.fixture
def cluster(installed: Installed) -> Cluster:
    return installed.cluster


@pytest.fixture
def hands(installed: Installed) -> Hands:
    return installed.hands


@pytest.fixture
async def onlooker(cluster: Cluster) -> AsyncIterator[Onlooker]:
    onlooker = Onlooker(cluster)
    task = asyncio.create_task(onlooker.run())
    yield onlooker
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
