import asyncio

import pytest
from structlog.testing import capture_logs

from core.adapters.database import changes
from core.adapters.database.changes import DatabaseChanges
from core.adapters.database.engine import make_engine


class Stumbling(DatabaseChanges):
    """Breaks on its first way, and hears a commit on its second."""

    ways = 0

    async def _follow(self) -> None:
        self.ways += 1
        if self.ways == 1:
            raise ZeroDivisionError
        self._hear()


async def test_a_defect_of_ours_leaves_nobody_deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "_RETRY", 0.0)
    with capture_logs() as logs:
        async with Stumbling(make_engine("sqlite:///never-opened.db")) as following, asyncio.timeout(10):
            await anext(following.commits())
    assert [entry["event"] for entry in logs] == ["changes.following_broke", "changes.heard_again"]
