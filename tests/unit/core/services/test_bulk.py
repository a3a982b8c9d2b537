import asyncio
from contextlib import suppress

import pytest

from core.services.bulk import EVERY, MANY, Bulk


class Yard:
    """Whoever does the work, and says when it can be done."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.times: list[float] = []
        self.possible = True
        self.bulk = Bulk(self.done.append, self.everything)

    async def everything(self) -> bool:
        if self.possible:
            self.times.append(asyncio.get_running_loop().time())
        return self.possible

    def want(self, ports: range) -> None:
        for port in ports:
            self.bulk.want(port)

    async def run_for(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.bulk.run()


@pytest.fixture
async def yard() -> Yard:
    return Yard()


async def want_soon(yard: Yard, ports: range, after: float = 0.0) -> None:
    await asyncio.sleep(after)
    yard.want(ports)


async def test_a_few_are_done_one_by_one(yard: Yard) -> None:
    await asyncio.gather(yard.run_for(1), want_soon(yard, range(MANY)), want_soon(yard, range(100, 101), 0.5))
    assert (sorted(yard.done), yard.times) == ([*range(MANY), 100], [])


async def test_many_are_done_at_once_and_others_have_their_turn_between(yard: Yard) -> None:
    waves = (want_soon(yard, range(n * 100, n * 100 + 100), n * EVERY / 5) for n in range(5))
    await asyncio.gather(yard.run_for(2), *waves)
    first, second = yard.times
    assert second - first >= EVERY
    assert yard.done == []


async def test_what_cannot_be_done_yet_is_done_later(yard: Yard) -> None:
    yard.possible = False
    await asyncio.gather(yard.run_for(2), want_soon(yard, range(100)))
    assert yard.times == []
    yard.possible = True
    await asyncio.gather(yard.run_for(2), want_soon(yard, range(100)))
    assert len(yard.times) == 1


async def test_what_was_wanted_while_nothing_ran_is_forgotten(yard: Yard) -> None:
    yard.want(range(3))
    await yard.run_for(1)
    assert yard.done == []
