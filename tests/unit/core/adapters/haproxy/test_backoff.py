import asyncio

import pytest

from core.adapters.haproxy.backoff import LONGEST, STEADY, Backoff


class Waits:
    """Stands in for the loop's time: nothing waits, and what would have is noted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.noted = 1000.0, list[float]()
        monkeypatch.setattr(asyncio, "sleep", self.sleep)
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: self.now)

    async def sleep(self, seconds: float) -> None:
        self.noted.append(seconds)
        self.now += seconds


async def test_it_waits_longer_from_try_to_try_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    waits, tries = Waits(monkeypatch), Backoff()
    for _ in range(14):
        await tries.turn()
    assert waits.noted[0] == 0.0
    assert waits.noted[1:4] == [0.05, 0.1, 0.2]
    assert waits.noted == sorted(waits.noted)
    assert waits.noted[-1] == LONGEST


async def test_what_has_held_for_a_while_is_tried_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    waits, tries = Waits(monkeypatch), Backoff()
    for _ in range(5):
        await tries.turn()
    waits.now += STEADY + 1
    await tries.turn()
    assert waits.noted[-1] == 0.0
