import asyncio
from collections.abc import Callable, Mapping

import pytest

from tests.unit.core.services.town import Town
from tests.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Nothing here waits for real."""
    return {"virtual": VirtualTimeLoop}


@pytest.fixture
async def town() -> Town:
    """All that is outside of the services; nothing converges until somebody starts a process."""
    return Town(asyncio.get_running_loop())
