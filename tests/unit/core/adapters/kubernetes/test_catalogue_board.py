import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from core.adapters.kubernetes.catalogue_board import CatalogueBoard
from core.domain.service import Catalogue, Service, ServiceRef, ServiceUid

API, WEB = (Service(ServiceRef("payments", name), ServiceUid(f"uid-{name}"), None) for name in ("api", "web"))


@pytest.fixture
def board() -> CatalogueBoard:
    board = CatalogueBoard(spacing=0.01)
    board.follow(["payments", "web"])
    return board


async def told(pictures: AsyncIterator[Catalogue]) -> Catalogue | None:
    """The next picture, if one comes."""
    try:
        async with asyncio.timeout(0.1):
            return await anext(pictures)
    except TimeoutError:
        return None


def picture(*services: Service, known: str = "payments") -> Catalogue:
    return Catalogue({service.ref: service for service in services}, frozenset(known.split()))


async def test_nothing_is_told_before_a_namespace_was_read(board: CatalogueBoard) -> None:
    board.report(API.ref, API)
    assert await told(board.catalogues()) is None
    board.report_all("payments", [API])
    assert await told(board.catalogues()) == picture(API)


async def test_a_picture_that_is_told_does_not_change_afterwards(board: CatalogueBoard) -> None:
    board.report_all("payments", [API])
    before = await told(board.catalogues())
    board.report(API.ref, None)
    board.report_all("web", [])
    assert before == picture(API)
    assert await told(board.catalogues()) == picture(known="payments web")


async def test_a_slow_reader_gets_the_last_picture(board: CatalogueBoard) -> None:
    board.report_all("payments", [API])
    pictures = board.catalogues()
    assert await told(pictures) == picture(API)
    board.report(WEB.ref, WEB)
    board.report(API.ref, None)
    board.report(WEB.ref, replace(WEB, headless=True))
    assert await told(pictures) == picture(replace(WEB, headless=True))


async def test_what_changes_nothing_is_not_told(board: CatalogueBoard) -> None:
    board.report_all("payments", [API])
    pictures = board.catalogues()
    assert await told(pictures) == picture(API)
    board.report(API.ref, replace(API))
    board.report(WEB.ref, None)
    board.report_all("payments", [API])
    board.follow(["payments"])
    assert await told(pictures) is None


async def test_what_is_not_followed_any_more_is_neither_told_nor_remembered(board: CatalogueBoard) -> None:
    board.report_all("payments", [API])
    board.follow(["web"])
    board.report_all("payments", [API])
    board.report(WEB.ref, WEB)
    assert await told(board.catalogues()) is None
    board.follow(["payments"])
    assert not board.knows("payments")


async def test_an_error_of_our_own_reaches_the_reader_once(board: CatalogueBoard) -> None:
    board.break_off(KeyError("a mistake"))
    with pytest.raises(KeyError):
        await anext(board.catalogues())
    assert await told(board.catalogues()) is None
