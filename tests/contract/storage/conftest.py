from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.adapters.database import migrate
from core.adapters.database.database import Database
from core.adapters.memory.storage import MemoryStorage
from core.interfaces import Storage
from tests.contract.storage.backing import Backing


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    if request.param == "memory":
        return None
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
async def backing(url: str | None) -> AsyncIterator[Backing]:
    if url is None:
        memory = MemoryStorage()
        yield Backing(memory, memory.changes, memory.lease)
        return
    await migrate.upgrade(url)
    async with Database(url) as database:
        yield Backing(database.storage, database.changes, database.lease)


@pytest.fixture
def storage(backing: Backing) -> Storage:
    return backing.storage
