"""Lists, page by page."""

from collections.abc import AsyncIterator
from typing import Final, TypeVar

from core.adapters.kubernetes.connection import Connection
from core.adapters.kubernetes.decoding import Page
from core.adapters.kubernetes.failures import translated
from core.adapters.kubernetes.resources import Selection

T = TypeVar("T")

PAGE_SIZE: Final = 500
"""Objects a request; what ``kubectl`` and client-go ask for."""


async def pages(connection: Connection, selection: Selection[T]) -> AsyncIterator[Page[T]]:
    """List what is selected, page by page, all from one moment; raises what ``Connection`` raises.

    Raises:
        Expired: that moment is too long ago; begin again.
    """
    page = await _page(connection, selection)
    yield page
    while page.continues:
        page = await _page(connection, selection, ("continue", page.continues))
        yield page


async def _page(connection: Connection, selection: Selection[T], *more: tuple[str, str]) -> Page[T]:
    body = await connection.read(selection.call("list", ("limit", str(PAGE_SIZE)), *more))
    with translated(connection.where):
        return selection.resource.reading.page(body)
