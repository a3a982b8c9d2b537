"""Starting work inside a group that may be about to end."""

import asyncio
from collections.abc import Coroutine


def start(tasks: asyncio.TaskGroup, work: Coroutine[object, object, None]) -> bool:
    """Start work in a group; ``False`` where the group is being ended, and takes no more."""
    try:
        tasks.create_task(work)
    except RuntimeError:
        work.close()
        return False
    return True
