from collections.abc import Iterator

from core.adapters.kubernetes.name_board import NameBoard, Seen
from core.domain.names import Look
from core.domain.target import PodRef

READY = Look(ready=True)


def pods(namespace: str, count: int) -> Iterator[Seen]:
    return ((PodRef(namespace, f"api-{number}"), READY) for number in range(count))


async def test_a_namespace_that_outgrows_the_room_is_left_out_and_the_others_stay() -> None:
    board = NameBoard(most=5)
    board.want(["*"])
    board.report_everything([*pods("a", 2), *pods("b", 3)])
    board.report(PodRef("b", "web-0"), READY)
    assert board.roll("b") is None
    assert list(board.known()) == ["a"]
    board.report(PodRef("b", "web-1"), READY)
    assert board.roll("b") is None
    board.report_everything([*pods("a", 2), *pods("b", 3)])
    assert len(board.roll("b") or ()) == 3


async def test_a_namespace_alone_is_left_out_likewise() -> None:
    board = NameBoard(most=5)
    board.want(["a", "b"])
    board.report_all("a", pods("a", 4))
    assert (board.room_for("a"), board.room_for("b")) == (5, 1)
    board.report_all("b", pods("b", 1), fits=False)
    assert board.roll("b") is None
    board.report_all("b", pods("b", 1))
    assert len(board.roll("b") or ()) == 1


async def test_of_a_namespace_that_was_not_read_nothing_is_taken_in() -> None:
    board = NameBoard()
    board.want(["a"])
    board.report(PodRef("a", "api-0"), READY)
    assert board.roll("a") is None
    board.report_all("stranger", pods("stranger", 1))
    assert board.roll("stranger") is None


async def test_nothing_that_is_no_longer_reported_on_is_remembered() -> None:
    board = NameBoard()
    board.want(["a", "b", "*-c"])
    board.report_everything([*pods("a", 1), *pods("b", 1)])
    board.forget_all_but(["b"])
    assert (board.roll("a"), board.roll("in-c")) == (None, None)
    assert board.roll("b") is not None
    board.forget("b")
    assert board.roll("b") is None
