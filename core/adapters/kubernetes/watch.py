"""The objects of one selection, listed and then watched."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import structlog

from core.adapters.kubernetes.connection import Connection
from core.adapters.kubernetes.decoding import Event, EventType
from core.adapters.kubernetes.failures import Call, Expired, failure
from core.adapters.kubernetes.lines import LineBuffer
from core.adapters.kubernetes.listing import pages
from core.adapters.kubernetes.pace import Pace
from core.adapters.kubernetes.resources import Selection
from core.domain.errors import ClusterError, ClusterUnreachable

log = structlog.get_logger(__name__)

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class Sink(Protocol[T_contra]):
    """Who is told what a watch sees."""

    def wants(self, item: T_contra) -> bool:
        """Whether a list has to keep it."""
        ...

    def listed(self, found: Sequence[T_contra]) -> None:
        """Take in a whole list, of what is wanted: everything else is gone."""
        ...

    def changed(self, item: T_contra, *, gone: bool) -> None:
        """Take in one event."""
        ...

    def failed(self, exc: ClusterError) -> None:
        """Take in that the watch does not stand at the moment."""
        ...


@dataclass(slots=True)
class Standing:
    """How it goes with one selection; outlives a single watch.

    Attributes:
        failures: in a row; 0 while all is well.
        trouble: the last failure, until a watch stands again.
    """

    failures: int = 0
    trouble: ClusterError | None = None


@dataclass
class Watch(Generic[T]):
    """Lists, watches from there, and goes on from the last event when a watch ends; lists anew where that is refused.

    And after ``pace.relist``. A list that fails is tried again until it is done.
    """

    selection: Selection[T]
    sink: Sink[T]
    connection: Connection
    pace: Pace
    standing: Standing = field(default_factory=Standing)
    streaming: bool = field(default=False, init=False)
    _position: str | None = field(default=None, init=False)  # the resourceVersion to watch from
    _listed_at: float = field(default=0.0, init=False)
    _stale: bool = field(default=False, init=False)  # the last list, or the one under way, began too early

    @property
    def listing(self) -> bool:
        """All of it is yet to be listed."""
        return self._position is None

    def list_anew(self) -> None:
        """Have it listed by a list that begins after this."""
        self._stale = True

    async def run(self) -> None:
        """List and watch until cancelled."""
        while True:
            try:
                await self._list()
                await self._watch()
            except ClusterError as exc:
                await self._failed(exc)

    async def _list(self) -> None:
        while self._position is None or self._stale:
            self._stale = False
            began = _monotonic()
            found: list[T] = []
            position = ""
            async for page in pages(self.connection, self.selection):
                found += filter(self.sink.wants, page.items)
                position = page.version
            if not self._stale:
                self._position, self._listed_at = position, began
                self.sink.listed(found)
                log.info("cluster.relisted", **self._what, found=len(found))

    async def _watch(self) -> None:
        began = _monotonic()
        lifetime = self.pace.lifetime(began - self._listed_at)
        async with self.connection.stream(self._call(lifetime), lifetime + self.pace.grace) as chunks:
            if self._stale:  # somebody followed since the list
                return
            self._stands()
            try:
                await self._read(chunks)
            finally:
                self.streaming = False
        now = _monotonic()
        if now - began < min(self.pace.short, lifetime / 2):
            raise ClusterUnreachable(self.connection.where, f"a watch ended after {now - began:.1f} s of {lifetime} s")
        self.standing.failures = 0
        if now - self._listed_at >= self.pace.relist:
            self._position = None

    def _call(self, lifetime: int) -> Call:
        return self.selection.call(
            "watch",
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", self._position or ""),
            ("timeoutSeconds", str(lifetime)),
        )

    def _stands(self) -> None:
        self.streaming = True
        if self.standing.trouble is not None:
            log.info("cluster.watching_again", **self._what, failures=self.standing.failures)
            self.standing.trouble = None

    async def _read(self, chunks: AsyncIterator[bytes]) -> None:
        lines = LineBuffer()
        async for chunk in chunks:
            for line in lines.feed(chunk):
                self._take(self.selection.resource.reading.event(line))

    def _take(self, event: Event[T]) -> None:
        if event.type is EventType.ERROR:
            call = self._call(0)
            raise failure(event.code, call, self.connection.where) or ClusterUnreachable(self.connection.where)
        self._position = event.version or self._position
        if event.item is not None:
            self.sink.changed(event.item, gone=event.type is EventType.DELETED)

    async def _failed(self, exc: ClusterError) -> None:
        self.standing.failures += 1
        self.standing.trouble = exc
        if isinstance(exc, Expired) or self.standing.failures > self.pace.resumes:
            self._position = None
        pause = self.pace.pause(self.standing.failures)
        log.warning(
            "cluster.watch_failed",
            **self._what,
            error=str(exc),
            failures=self.standing.failures,
            pause=round(pause, 2),
            relist=self._position is None,
        )
        self.sink.failed(exc)
        await asyncio.sleep(pause)

    @property
    def _what(self) -> dict[str, str]:
        return {"namespace": self.selection.namespace, "resource": self.selection.resource.name}


def _monotonic() -> float:
    return asyncio.get_running_loop().time()
