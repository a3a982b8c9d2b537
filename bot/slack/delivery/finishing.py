import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

GRACE: Final = 3.0
"""Seconds; less than a lease lasts, so that what is finished can still be written down."""


async def finished(work: Coroutine[Any, Any, T], grace: float = GRACE) -> T:
    """Do something to its end: whoever is told to stop in the middle of it stops a little later.

    A message that Slack has taken and nobody has written down would be posted again.
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=grace)
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # too late to act on; the next holder of the lease finds the entry waiting
        raise
