import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest

from tests.unit.bot.api.v1.scripts import Scripts, scripts_in
from tests.unit.core.services.town import Town
from tests.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Nothing here waits for real."""
    return {"virtual": VirtualTimeLoop}


@pytest.fixture
async def scripts() -> AsyncIterator[Scripts]:
    """V1 in front of a town in which one process runs."""
    town = Town(asyncio.get_running_loop())
    async with scripts_in(town) as scripts, town.process():
        yield scripts
