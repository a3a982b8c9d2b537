from collections.abc import AsyncIterator

import pytest

from bot.workspace import Settings, Workspace
from tests.integration.workspace.listening import Listener, listening
from tests.integration.workspace.world import World, world_in

QUICK = Settings(ack_within=0.3, retry_delays=(0.0, 0.0, 0.0))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with Workspace(QUICK) as workspace:
        yield world_in(workspace)


@pytest.fixture
async def app(world: World) -> AsyncIterator[Listener]:
    """An app that acknowledges everything at once."""
    async with listening(world) as listener:
        yield listener
