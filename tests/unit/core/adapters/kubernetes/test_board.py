import asyncio
from dataclasses import replace

import pytest

from core.adapters.kubernetes.board import Board
from core.domain.pod import Phase, Pod
from core.domain.target import PodRef, PodUid
from core.interfaces import Sighting

ONE, OTHER = PodRef("payments", "api-0"), PodRef("payments", "api-1")
POD = Pod(ONE, PodUid("uid-1"), Phase.RUNNING)


async def told(board: Board) -> list[Sighting]:
    """Everything that a reader gets at this moment."""
    found: list[Sighting] = []

    async def read() -> None:
        async for sighting in board.sightings():
            found.append(sighting)  # noqa: PERF401 - it never ends

    task = asyncio.create_task(read())
    await asyncio.sleep(0)
    task.cancel()
    return found


async def test_a_change_is_told_once() -> None:
    board = Board()
    board.follow([ONE])
    board.report(ONE, POD)
    board.report(ONE, replace(POD))
    assert await told(board) == [Sighting(ONE, POD)]
    assert await told(board) == []


async def test_a_pod_that_was_never_there_is_told_once_as_gone() -> None:
    board = Board()
    board.follow([ONE])
    board.report(ONE, None)
    board.report(ONE, None)
    assert await told(board) == [Sighting(ONE, None)]


async def test_a_slow_reader_gets_the_last_state_of_each_pod() -> None:
    board = Board()
    board.follow([ONE, OTHER])
    board.report(ONE, POD)
    board.report(OTHER, None)
    board.report(ONE, None)
    assert await told(board) == [Sighting(ONE, None), Sighting(OTHER, None)]


async def test_a_list_tells_every_followed_pod_changed_or_not() -> None:
    board = Board()
    board.follow([ONE])
    board.report(ONE, POD)
    await told(board)
    board.report_all([ONE, OTHER], {ONE: POD})
    assert await told(board) == [Sighting(ONE, POD)]


async def test_what_is_not_followed_any_more_is_neither_told_nor_remembered() -> None:
    board = Board()
    board.follow([ONE])
    board.report(ONE, POD)
    board.follow([OTHER])
    board.report(ONE, None)
    assert await told(board) == []
    board.follow([ONE])
    assert not board.knows(ONE)
    board.repeat([ONE])
    assert await told(board) == []


async def test_an_error_of_our_own_reaches_the_reader_once() -> None:
    board = Board()
    board.break_off(KeyError("a mistake"))
    with pytest.raises(KeyError):
        await anext(board.sightings())
    assert await told(board) == []
