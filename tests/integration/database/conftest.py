from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.adapters.database import migrate
from core.adapters.database.database import Database


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    return tmp_path / "test.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, sqlite_file: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{sqlite_file}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def url(empty_url: str) -> str:
    """A migrated database of either kind."""
    await migrate.upgrade(empty_url)
    return empty_url


@pytest.fixture
async def sqlite_url(sqlite_file: Path) -> str:
    url = f"sqlite:///{sqlite_file}"
    await migrate.upgrade(url)
    return url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    async with Database(url) as database:
        yield database
