"""One watch for each namespace that has followed pods, and none for any other."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import partial
from types import TracebackType
from typing import Self

import structlog

from core.adapters.kubernetes.board import Board
from core.adapters.kubernetes.connection import Connection
from core.adapters.kubernetes.namespace_watch import NamespaceWatch, Standing
from core.adapters.kubernetes.pace import Pace
from core.adapters.kubernetes.resolver import Resolver
from core.domain.errors import ClusterError
from core.domain.target import PodRef

log = structlog.get_logger(__name__)


class Watcher:
    """Reports on the followed pods to a board, from entering to leaving."""

    def __init__(self, connection: Connection, board: Board, pace: Pace) -> None:
        self._connection, self._board, self._pace = connection, board, pace
        self._resolver = Resolver(connection)
        self._watches: dict[str, NamespaceWatch] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._entered = False

    async def __aenter__(self) -> Self:
        """Start on what is followed already."""
        self._entered = True
        self.follow(self._board.followed)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop every watch."""
        self._entered = False
        for namespace in list(self._watches):
            self._stop(namespace)
        await asyncio.gather(*self._leaving, return_exceptions=True)

    @property
    def troubles(self) -> Mapping[str, ClusterError]:
        """The namespaces that are not watched at the moment, with the last failure of each."""
        standings = ((namespace, watch.standing) for namespace, watch in self._watches.items())
        return {namespace: standing.trouble for namespace, standing in standings if standing.trouble is not None}

    def follow(self, pods: Collection[PodRef]) -> None:
        """Report on these pods, and no others."""
        self._board.follow(pods)
        if not self._entered:
            return
        wanted: dict[str, set[PodRef]] = defaultdict(set)
        for ref in pods:
            wanted[ref.namespace].add(ref)
        for namespace in self._watches.keys() - wanted.keys():
            self._stop(namespace)
        for namespace, refs in wanted.items():
            self._follow_in(namespace, frozenset(refs))

    def _follow_in(self, namespace: str, refs: frozenset[PodRef]) -> None:
        watch = self._watches.get(namespace)
        if watch is not None and refs <= watch.refs and (watch.listing or all(map(self._board.knows, refs))):
            watch.repeat()
            return
        standing = watch.standing if watch else Standing()
        if watch is not None:
            self._stop(namespace)
        self._start(
            NamespaceWatch(namespace, refs, self._connection, self._resolver, self._board, self._pace, standing)
        )

    def _start(self, watch: NamespaceWatch) -> None:
        task = asyncio.create_task(watch.run(), name=f"watch {watch.namespace}")
        task.add_done_callback(partial(self._ended, watch.namespace))
        self._watches[watch.namespace], self._tasks[watch.namespace] = watch, task
        log.info("cluster.watching", namespace=watch.namespace, followed=len(watch.refs))

    def _stop(self, namespace: str) -> None:
        del self._watches[namespace]
        task = self._tasks.pop(namespace)
        task.cancel()
        self._leaving.add(task)

    def _ended(self, namespace: str, task: asyncio.Task[None]) -> None:
        self._leaving.discard(task)
        if not task.cancelled() and (exc := task.exception()):
            self._watches.pop(namespace, None)  # the next ``follow`` starts another one
            log.error("cluster.watch_broken", task=task.get_name(), exc_info=exc)
            self._board.break_off(exc)
