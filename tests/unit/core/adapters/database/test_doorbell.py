import asyncio
import gc

from core.adapters.database.doorbell import Doorbell


async def test_rings_that_nobody_came_for_are_one() -> None:
    doorbell = Doorbell()
    commits = doorbell.commits()
    doorbell.ring()
    doorbell.ring()
    await anext(commits)
    waiting = asyncio.ensure_future(anext(commits))
    await asyncio.sleep(0)
    assert not waiting.done()
    doorbell.ring()
    await waiting


async def test_a_listener_hears_what_rang_after_it_asked_to_listen() -> None:
    doorbell = Doorbell()
    doorbell.ring()
    commits = doorbell.commits()
    doorbell.ring()
    await anext(commits)


async def test_a_listener_that_went_away_is_forgotten() -> None:
    doorbell = Doorbell()
    commits = doorbell.commits()
    assert len(doorbell._listeners) == 1
    del commits
    gc.collect()
    assert len(doorbell._listeners) == 0
    doorbell.ring()
