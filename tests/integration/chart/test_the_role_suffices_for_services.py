"""The contract of Services, held with what the chart's role permits and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from core.interfaces import Services
from tests.contract.services.hands import ApiServiceHands, Hands, Reader
from tests.contract.services.test_following_services import *  # noqa: F403 - these tests are the contract
from tests.integration.chart.conftest import BY_NAMESPACE, Installed

pytestmark = pytest.mark.parametrize("installed", [BY_NAMESPACE], indirect=True, ids=["roles"])


@pytest.fixture
def services(installed: Installed) -> Services:
    return installed.cluster


@pytest.fixture
def hands(installed: Installed) -> Hands:
    return ApiServiceHands(installed.hands)


@pytest.fixture
async def reader(services: Services) -> AsyncIterator[Reader]:
    reader = Reader(services)
    task = asyncio.create_task(reader.run())
    yield reader
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
