import asyncio
from datetime import timedelta

import pytest

from bot.slack.lookups import Lookups
from core.adapters.memory.clock import ManualClock

MINUTE = timedelta(minutes=1)


class Oracle:
    """Answers with how often it was asked, once it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.fails = False

    async def ask(self, key: str) -> str:
        self.asked += 1
        answer = f"{key}{self.asked}"
        await self.may_answer.wait()
        if self.fails:
            raise ConnectionError
        return answer


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def oracle() -> Oracle:
    return Oracle()


@pytest.fixture
def lookups(oracle: Oracle, clock: ManualClock) -> Lookups[str, str]:
    return Lookups(oracle.ask, clock, MINUTE)


async def test_an_answer_is_kept_while_it_is_fresh(lookups: Lookups[str, str], clock: ManualClock) -> None:
    assert [await lookups.get("a"), await lookups.get("a"), await lookups.get("b")] == ["a1", "a1", "b2"]
    clock.advance(MINUTE)
    assert await lookups.get("a") == "a1"
    clock.advance(timedelta(seconds=1))
    assert await lookups.get("a") == "a3"


async def test_many_who_ask_at_once_make_one_question(lookups: Lookups[str, str], oracle: Oracle) -> None:
    assert set(await asyncio.gather(*(lookups.get("a") for _ in range(9)))) == {"a1"}
    assert oracle.asked == 1


async def test_one_who_gives_up_does_not_take_the_answer_from_the_others(
    lookups: Lookups[str, str], oracle: Oracle
) -> None:
    oracle.may_answer.clear()
    impatient, patient = (asyncio.create_task(lookups.get("a")) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    oracle.may_answer.set()
    assert await patient == "a1"


async def test_a_failure_reaches_all_who_wait_and_is_not_kept(lookups: Lookups[str, str], oracle: Oracle) -> None:
    oracle.fails = True
    failures = await asyncio.gather(*(lookups.get("a") for _ in range(2)), return_exceptions=True)
    assert [type(failure) for failure in failures] == [ConnectionError, ConnectionError]
    oracle.fails = False
    assert await lookups.get("a") == "a2"


async def test_what_is_forgotten_is_asked_for_anew(lookups: Lookups[str, str]) -> None:
    await lookups.get("a")
    lookups.forget("a")
    lookups.forget("never heard of it")
    assert lookups.kept("a", MINUTE) is None
    assert await lookups.get("a") == "a2"


async def test_an_answer_that_was_asked_for_before_it_was_forgotten_is_not_kept(
    lookups: Lookups[str, str], oracle: Oracle
) -> None:
    oracle.may_answer.clear()
    early = asyncio.create_task(lookups.get("a"))
    await asyncio.sleep(0)
    lookups.forget("a")
    late = asyncio.create_task(lookups.get("a"))
    await asyncio.sleep(0)
    oracle.may_answer.set()
    assert (await early, await late) == ("a1", "a2")
    assert await lookups.get("a") == "a2"


async def test_a_clock_that_was_set_back_makes_no_answer_young(lookups: Lookups[str, str], clock: ManualClock) -> None:
    await lookups.get("a")
    clock.advance(-MINUTE)
    assert await lookups.get("a") == "a2"


async def test_an_old_answer_is_there_for_whoever_takes_it(lookups: Lookups[str, str], clock: ManualClock) -> None:
    await lookups.get("a")
    clock.advance(4 * MINUTE)
    assert lookups.kept("a", 5 * MINUTE) == "a1"
    assert lookups.kept("a", 3 * MINUTE) is None
