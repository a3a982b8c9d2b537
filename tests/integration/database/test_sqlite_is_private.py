import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.adapters.database import migrate
from core.adapters.database.database import Database


@pytest.fixture
def open_to_all() -> Iterator[None]:
    """What is made without a mode of its own can be read and written by everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes_in(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


@pytest.mark.usefixtures("open_to_all")
async def test_nobody_else_reads_who_reached_what(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'pod-proxier.db'}"
    await migrate.upgrade(url)
    async with Database(url) as database, database.storage.unit_of_work():
        modes = modes_in(tmp_path)
    assert modes == dict.fromkeys(["pod-proxier.db", "pod-proxier.db-shm", "pod-proxier.db-wal"], 0o600)
