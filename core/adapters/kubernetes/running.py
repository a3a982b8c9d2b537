"""Watches that run, each in a task of its own."""

import asyncio
from collections.abc import Callable, Iterator, KeysView
from functools import partial
from typing import Any, Generic, TypeVar

import structlog

from core.adapters.kubernetes.watch import Watch
from core.domain.errors import ClusterError

log = structlog.get_logger(__name__)

W = TypeVar("W", bound=Watch[Any])


class Running(Generic[W]):
    """The watches of one kind, by namespace.

    Args:
        broken: told of an error of our own, after which the watch of that namespace has ended.
    """

    def __init__(self, broken: Callable[[str, BaseException], None]) -> None:
        self._broken = broken
        self._watches: dict[str, W] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    def keys(self) -> KeysView[str]:
        """The namespaces that are watched."""
        return self._watches.keys()

    def get(self, namespace: str) -> W | None:
        """Return the watch of a namespace."""
        return self._watches.get(namespace)

    def troubles(self) -> Iterator[tuple[str, ClusterError]]:
        """Yield the namespaces whose watch does not stand at the moment, with the last failure of each."""
        for namespace, watch in self._watches.items():
            if watch.standing.trouble is not None:
                yield namespace, watch.standing.trouble

    def start(self, namespace: str, watch: W) -> None:
        """Let a watch run, in the place of the one that there is."""
        self.stop(namespace)
        what = {"namespace": namespace, "resource": watch.selection.resource.name}
        task = asyncio.create_task(watch.run(), name=f"watch {what['resource']} {namespace}")
        task.add_done_callback(partial(self._ended, namespace))
        self._watches[namespace], self._tasks[namespace] = watch, task
        log.info("cluster.watching", **what)

    def stop(self, namespace: str) -> None:
        """Let the one of a namespace end, where there is one."""
        if self._watches.pop(namespace, None) is not None:
            task = self._tasks.pop(namespace)
            task.cancel()
            self._leaving.add(task)

    def stop_all(self) -> None:
        """Let all of them end."""
        for namespace in list(self._watches):
            self.stop(namespace)

    async def ended(self) -> None:
        """Wait until those that were stopped have ended."""
        await asyncio.gather(*self._leaving, return_exceptions=True)

    def _ended(self, namespace: str, task: asyncio.Task[None]) -> None:
        self._leaving.discard(task)
        if not task.cancelled() and (exc := task.exception()):
            if self._tasks.get(namespace) is task:
                del self._watches[namespace], self._tasks[namespace]  # the next ``follow`` starts another one
            log.error("cluster.watch_broken", task=task.get_name(), exc_info=exc)
            self._broken(namespace, exc)
