from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.rig import Rig, rig_in


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """Everything but the bot."""
    async with rig_in(tmp_path) as ready:
        yield ready
