import asyncio

import pytest

from bot.slack.delivery.finishing import finished


class Work:
    """Something that takes until it is released."""

    def __init__(self) -> None:
        self.begun, self.released = asyncio.Event(), asyncio.Event()
        self.ended = ""

    async def do(self) -> str:
        self.begun.set()
        try:
            await self.released.wait()
        except asyncio.CancelledError:
            self.ended = "broken off"
            raise
        self.ended = "done"
        return "done"


async def test_work_that_nobody_stops_gives_its_result() -> None:
    work = Work()
    work.released.set()
    assert await finished(work.do()) == "done"


async def test_a_failure_is_raised() -> None:
    async def fail() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        await finished(fail())


async def stop(work: Work, grace: float, *, released: bool) -> None:
    doing = asyncio.create_task(finished(work.do(), grace))
    await work.begun.wait()
    doing.cancel()
    if released:
        work.released.set()
    with pytest.raises(asyncio.CancelledError):
        await doing


async def test_stopped_in_the_middle_it_comes_to_its_end_first() -> None:
    work = Work()
    await stop(work, grace=10, released=True)
    assert work.ended == "done"


async def test_what_takes_longer_than_the_grace_is_broken_off() -> None:
    work = Work()
    await stop(work, grace=0.01, released=False)
    assert work.ended == "broken off"
