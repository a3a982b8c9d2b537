"""A file that is looked at for as long as somebody wants to know of its changes."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final, Self, TypeAlias

LOOK_EVERY: Final = timedelta(seconds=1)
"""A change is told once two looks have found the file alike: half of one could say anything."""

_Version: TypeAlias = tuple[int, int, int] | None
"""Inode, time of change and size; a mounted ConfigMap changes its inode. ``None`` while there is no file."""


class WatchedFile:
    """Tells of each change while it is entered; a change before that, since it was made, is told too.

    Args:
        path: ``None``: there is no file.
        changed: is awaited; must not raise.
        every: how often to look.
    """

    def __init__(
        self, path: Path | None, changed: Callable[[Path], Awaitable[None]], every: timedelta = LOOK_EVERY
    ) -> None:
        self._path, self._changed, self._every = path, changed, every.total_seconds()
        self._version = _version(path) if path else None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to look."""
        if self._path is not None:
            self._task = asyncio.create_task(self._watch(self._path))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self, path: Path) -> None:
        version = self._version
        while True:
            await asyncio.sleep(self._every)
            before, version = version, await asyncio.to_thread(_version, path)
            if before == version != self._version:
                self._version = version
                await self._changed(path)


def _version(path: Path) -> _Version:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
