import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

GENEROUS: Final = 10.0
"""Seconds within which what was promised for a fraction of one must have come."""


async def quiet(commits: AsyncIterator[None], seconds: float = 0.3) -> None:
    """Let what is on its way arrive."""
    while True:
        try:
            await asyncio.wait_for(anext(commits), seconds)
        except TimeoutError:
            return


async def hears(commits: AsyncIterator[None], seconds: float) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(anext(commits), seconds)
        return True
    return False
