import asyncio
from contextlib import suppress

import pytest

from core.domain.route import PortRange
from core.services.port_work import AT_ONCE, Crowd, PortWork


class Bench:
    """Work that takes a second a port, and whoever watches it."""

    def __init__(self) -> None:
        self.work = PortWork(self.do)
        self.busy: set[int] = set()
        self.done: list[int] = []
        self.most = 0

    async def do(self, port: int) -> None:
        assert port not in self.busy
        self.busy.add(port)
        self.most = max(self.most, len(self.busy))
        await asyncio.sleep(1)
        self.busy.discard(port)
        self.done.append(port)


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_every_wanted_port_is_worked_on_and_leaving_waits_for_it(bench: Bench) -> None:
    async with bench.work.running():
        bench.work.want(1)
        bench.work.want(2)
    assert (sorted(bench.done), bench.most) == ([1, 2], 2)


async def test_a_port_wanted_while_it_is_worked_on_is_done_once_more(bench: Bench) -> None:
    async with bench.work.running():
        bench.work.want(1)
        await asyncio.sleep(0.5)
        for _ in range(3):
            bench.work.want(1)
    assert (bench.done, bench.most) == ([1, 1], 1)


async def test_a_port_wanted_often_before_its_turn_is_done_once(bench: Bench) -> None:
    async with bench.work.running():
        for _ in range(3):
            bench.work.want(1)
    assert bench.done == [1]


async def test_no_more_than_some_are_worked_on_at_once(bench: Bench) -> None:
    async with bench.work.running():
        for port in range(3 * AT_ONCE):
            bench.work.want(port)
    assert (len(bench.done), bench.most) == (3 * AT_ONCE, AT_ONCE)


async def test_of_a_crowd_few_are_worked_on_at_once_and_no_other_port_waits_for_them(bench: Bench) -> None:
    bench.work = PortWork(bench.do, Crowd(PortRange(1000, 1999), at_once=3))
    async with bench.work.running():
        for port in range(1000, 1012):
            bench.work.want(port)
        bench.work.want(1)
        await asyncio.sleep(0.5)
        assert bench.busy == {1, 1000, 1001, 1002}
    assert len(bench.done) == 13


async def test_alone_waits_for_the_work_under_way_and_holds_back_what_comes(bench: Bench) -> None:
    async with bench.work.running():
        bench.work.want(1)
        await asyncio.sleep(0.5)
        async with bench.work.alone():
            assert bench.done == [1]
            bench.work.want(2)
            await asyncio.sleep(5)
            assert bench.done == [1]
    assert bench.done == [1, 2]


async def test_what_is_wanted_while_nothing_runs_is_not_remembered(bench: Bench) -> None:
    bench.work.want(1)
    async with bench.work.running():
        await asyncio.sleep(5)
    bench.work.want(1)
    assert bench.done == []


async def test_an_error_ends_everything_and_the_next_run_begins_anew() -> None:
    broken = [True]
    done: list[int] = []

    async def do(port: int) -> None:
        await asyncio.sleep(port)
        if broken[0] and port == 1:
            raise ZeroDivisionError
        done.append(port)

    work = PortWork(do)

    async def run() -> None:
        async with work.running():
            work.want(1)
            work.want(2)
            await asyncio.sleep(60)

    with pytest.raises(ExceptionGroup):
        await run()
    broken[0] = False
    async with work.running():
        work.want(1)
        work.want(2)
    assert done == [1, 2]


async def test_who_is_cancelled_while_waiting_to_be_alone_leaves_nobody_waiting(bench: Bench) -> None:
    async def want_to_be_alone() -> None:
        async with bench.work.running():
            bench.work.want(1)
            await asyncio.sleep(0.5)
            async with bench.work.alone():
                raise AssertionError("it is not alone yet")

    task = asyncio.create_task(want_to_be_alone())
    await asyncio.sleep(0.7)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    bench.busy.clear()
    async with bench.work.running():
        bench.work.want(1)
    assert bench.done == [1]


async def test_who_gives_up_being_alone_lets_the_others_go_on(bench: Bench) -> None:
    async with bench.work.running():
        bench.work.want(1)
        await asyncio.sleep(0.5)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1), bench.work.alone():
                raise AssertionError("it is not alone yet")
        bench.work.want(2)
    assert sorted(bench.done) == [1, 2]


async def test_what_is_wanted_while_everything_ends_is_dropped_without_a_word(bench: Bench) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    async def want_as_it_ends() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            bench.work.want(1)

    async def run() -> None:
        async with bench.work.running() as tasks:
            tasks.create_task(want_as_it_ends())
            await asyncio.sleep(0)
            tasks.create_task(fail())
            await asyncio.sleep(60)

    with pytest.raises(ExceptionGroup):
        await run()
    assert bench.done == []
