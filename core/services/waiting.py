"""Waiting for something to become of a mapping: for whoever answers a request only when it is done."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

from core.domain.mapping import Mapping, MappingId
from core.services.transactions import Transactions

LOOK_EVERY: Final = 0.5
"""Seconds between two looks at the row: a process that does not converge hears no bell of the one that does."""


async def wait_until(
    is_so: Callable[[Mapping], bool], mapping_id: MappingId, within: timedelta, transactions: Transactions
) -> Mapping:
    """Wait until a mapping is as it should be.

    Returns:
        The mapping as it is then, or, when the time is over, as it is all the same.

    Raises:
        NoSuchMapping: there is none of that id.
        StorageUnavailable: the database does not tell.
    """
    news, latest = asyncio.Event(), list[Mapping]()

    def hear(mapping: Mapping) -> None:
        if mapping.id == mapping_id:
            latest[:] = [mapping]
            news.set()

    end = asyncio.get_running_loop().time() + within.total_seconds()
    with transactions.bell.listening(hear):
        mapping = await _read(mapping_id, transactions)
        while not is_so(mapping) and (left := end - asyncio.get_running_loop().time()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, LOOK_EVERY)):
                    await news.wait()
            mapping = latest[0] if news.is_set() else await _read(mapping_id, transactions)
            news.clear()
        return mapping


async def _read(mapping_id: MappingId, transactions: Transactions) -> Mapping:
    return await transactions.read(lambda uow: uow.mappings.get(mapping_id))
