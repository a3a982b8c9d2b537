"""One namespace, listed and then watched, for the pods in it that are followed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import structlog

from core.adapters.kubernetes import decoding
from core.adapters.kubernetes.board import Board
from core.adapters.kubernetes.connection import Connection
from core.adapters.kubernetes.decoding import Event, EventType
from core.adapters.kubernetes.failures import Call, Expired, failure
from core.adapters.kubernetes.lines import LineBuffer
from core.adapters.kubernetes.pace import Pace
from core.adapters.kubernetes.resolver import Resolver, pods_path, selector
from core.domain.errors import ClusterError, ClusterUnreachable
from core.domain.pod import Pod
from core.domain.target import PodRef

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Standing:
    """How it goes in one namespace; outlives a single watch.

    Attributes:
        failures: in a row; 0 while all is well.
        trouble: the last failure, until a watch stands again.
    """

    failures: int = 0
    trouble: ClusterError | None = None


@dataclass
class NamespaceWatch:
    """Lists, watches from there, and goes on from the last event when a watch ends; lists anew where that is refused.

    A single followed pod is watched by its name; more of them by their namespace. Another set of pods needs another
    object, because only a list that begins after ``follow`` is sure to be newer than what made somebody follow.
    """

    namespace: str
    refs: frozenset[PodRef]
    connection: Connection
    resolver: Resolver
    board: Board
    pace: Pace
    standing: Standing
    _position: str | None = field(default=None, init=False)  # the resourceVersion to watch from
    _streaming: bool = field(default=False, init=False)
    _stale: bool = field(default=False, init=False)  # the last list, or the one under way, began too early

    @property
    def listing(self) -> bool:
        """Its pods are yet to be listed."""
        return self._position is None

    def repeat(self) -> None:
        """Have the present state of all its pods told once more."""
        if self._streaming:
            self.board.repeat(self.refs)
        else:
            self._stale = True

    async def run(self) -> None:
        """List and watch until cancelled."""
        while True:
            try:
                await self._list()
                await self._watch()
            except ClusterError as exc:
                await self._failed(exc)

    @property
    def _name(self) -> str | None:
        return next(iter(self.refs)).name if len(self.refs) == 1 else None

    async def _list(self) -> None:
        while self._position is None or self._stale:
            self._stale = False
            found: dict[PodRef, Pod] = {}
            position = ""
            async for page in self.resolver.pages(self.namespace, self._name):
                found.update((pod.ref, pod) for pod in page.pods if pod.ref in self.refs)
                position = page.version
            if not self._stale:
                self._position = position
                self.board.report_all(self.refs, found)
                log.info("cluster.relisted", namespace=self.namespace, followed=len(self.refs), found=len(found))

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        lifetime = self.pace.lifetime()
        began = loop.time()
        async with self.connection.stream(self._call(lifetime), lifetime + self.pace.grace) as chunks:
            if self._stale:  # somebody followed since the list
                return
            self._stands()
            try:
                await self._read(chunks)
            finally:
                self._streaming = False
        lasted = loop.time() - began
        if lasted < min(self.pace.short, lifetime / 2):
            raise ClusterUnreachable(self.connection.where, f"a watch ended after {lasted:.1f} s of {lifetime} s")
        self.standing.failures = 0

    def _call(self, lifetime: int) -> Call:
        query = [
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", self._position or ""),
            ("timeoutSeconds", str(lifetime)),
            *selector(self._name),
        ]
        return Call("watch", "pods", self.namespace, pods_path(self.namespace), query=tuple(query))

    def _stands(self) -> None:
        self._streaming = True
        if self.standing.trouble is not None:
            log.info("cluster.watching_again", namespace=self.namespace, failures=self.standing.failures)
            self.standing.trouble = None

    async def _read(self, chunks: AsyncIterator[bytes]) -> None:
        lines = LineBuffer()
        async for chunk in chunks:
            for line in lines.feed(chunk):
                self._take(decoding.event(line))

    def _take(self, event: Event) -> None:
        if event.type is EventType.ERROR:
            call = self._call(0)
            raise failure(event.code, call, self.connection.where) or ClusterUnreachable(self.connection.where)
        self._position = event.version or self._position
        if event.pod is not None:
            self.board.report(event.pod.ref, None if event.type is EventType.DELETED else event.pod)

    async def _failed(self, exc: ClusterError) -> None:
        self.standing.failures += 1
        self.standing.trouble = exc
        if isinstance(exc, Expired) or self.standing.failures > self.pace.resumes:
            self._position = None
        pause = self.pace.pause(self.standing.failures)
        log.warning(
            "cluster.watch_failed",
            namespace=self.namespace,
            error=str(exc),
            failures=self.standing.failures,
            pause=round(pause, 2),
            relist=self._position is None,
        )
        await asyncio.sleep(pause)
