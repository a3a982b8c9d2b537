import asyncio

import pytest

from core.domain.service import Catalogue
from core.interfaces import Services


async def first(services: Services) -> Catalogue:
    async with asyncio.timeout(10):
        return await anext(services.catalogues())


async def test_a_namespace_without_services_is_known_and_empty(empty: Services) -> None:
    empty.follow_services(["nobody-here"], "debug")
    assert await first(empty) == Catalogue({}, frozenset({"nobody-here"}))


async def test_a_namespace_that_is_no_longer_followed_is_not_known(empty: Services) -> None:
    empty.follow_services(["nobody-here"], "debug")
    await first(empty)
    empty.follow_services(["nor-here"], "debug")
    async with asyncio.timeout(10):
        async for picture in empty.catalogues():
            assert "nobody-here" not in picture.known
            if picture.known == {"nor-here"}:
                break


async def test_where_nothing_is_followed_nothing_is_told(empty: Services) -> None:
    empty.follow_services([], "debug")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await anext(empty.catalogues())
