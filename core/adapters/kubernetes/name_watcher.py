"""One watch of the whole cluster's pods where that is permitted and called for, otherwise one for each namespace."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

import structlog

from core.adapters.kubernetes.connection import Connection
from core.adapters.kubernetes.name_board import NameBoard
from core.adapters.kubernetes.pace import Pace
from core.adapters.kubernetes.reading_pods import SeenName
from core.adapters.kubernetes.resources import names_of
from core.adapters.kubernetes.running import Running
from core.adapters.kubernetes.watch import Watch
from core.domain.errors import ClusterError, ClusterForbidden

log = structlog.get_logger(__name__)

EVERYWHERE: Final = ""
"""What stands for all namespaces in a call."""
MOST_WATCHES: Final = 20
"""Each holds a connection, of which the client has a hundred; beyond them one watch of the whole cluster is tried."""
AGAIN_AFTER: Final = 600.0
"""Seconds until something is tried again that was not permitted."""
RELIST: Final = 3600.0
"""Seconds: a name that is missed does little harm, and a list of everything is dear to the API server."""


class NameWatcher:
    """Reports the pods of the wanted namespaces to a board, from ``start`` to ``stop``."""

    def __init__(self, connection: Connection, board: NameBoard, pace: Pace) -> None:
        self._connection, self._board = connection, board
        self._pace = replace(pace, relist=max(pace.relist, RELIST))
        self._running: Running[Watch[SeenName]] = Running(lambda namespace, _: self._forget(namespace))
        self._refused: dict[str, float] = {}  # what was not permitted, and when
        self._started = False
        board.let_go = self._running.stop_all

    def start(self) -> None:
        """Start on what is wanted already."""
        self._started = True
        self._arrange()

    def stop(self) -> None:
        """Stop every watch."""
        self._started = False
        self._running.stop_all()

    async def ended(self) -> None:
        """Wait until every watch has ended."""
        await self._running.ended()

    def want(self, globs: Collection[str]) -> None:
        """Report on the namespaces that these match."""
        before = self._board.wanted.globs
        self._board.want(globs)
        if self._board.wanted.globs != before:
            self._refused.clear()
            self._running.stop(EVERYWHERE)  # what it left out may be wanted by now
        if self._started:
            self._arrange()

    def _arrange(self) -> None:
        outright = self._board.wanted.outright
        if (self._board.wanted.has_patterns or len(outright) > MOST_WATCHES) and self._may(EVERYWHERE):
            self._watch(EVERYWHERE)  # the others go on until it has listed everything
            return
        self._running.stop(EVERYWHERE)
        wanted = outright[:MOST_WATCHES]
        for namespace in self._running.keys() - set(wanted):
            self._running.stop(namespace)
        for namespace in filter(self._may, wanted):
            self._watch(namespace)

    def _watch(self, namespace: str) -> None:
        if self._running.get(namespace) is None:
            sink = _Listener(self, namespace, self._board)
            self._running.start(namespace, Watch(names_of(namespace), sink, self._connection, self._pace))

    def _may(self, namespace: str) -> bool:
        refused = self._refused.get(namespace)
        return refused is None or asyncio.get_running_loop().time() - refused >= AGAIN_AFTER

    def everything_is_known(self) -> None:
        """End the watches of single namespaces: that of the whole cluster stands."""
        for namespace in self._running.keys() - {EVERYWHERE}:
            self._running.stop(namespace)

    def refused(self, namespace: str, error: ClusterForbidden) -> None:
        """Do without what is not permitted: its pods are listed when somebody asks, if that is."""
        log.warning("names.not_permitted", namespace=namespace or "all namespaces", error=str(error))
        self._refused[namespace] = asyncio.get_running_loop().time()
        self._running.stop(namespace)
        self._forget(namespace)
        self._arrange()

    def _forget(self, namespace: str) -> None:
        if namespace == EVERYWHERE:
            self._board.forget_all_but(self._running.keys())
        else:
            self._board.forget(namespace)


class _Listener:
    """A ``Sink`` that hands on to the board. What there is no room for is not kept while it is read, either."""

    def __init__(self, watcher: NameWatcher, namespace: str, board: NameBoard) -> None:
        self._watcher, self._namespace, self._board = watcher, namespace, board
        self._kept = self._room = 0
        self._without_room: set[str] = set()

    def wants(self, item: SeenName) -> bool:
        namespace = item.ref.namespace
        if item.look is None or namespace in self._without_room or not self._board.wanted.covers(namespace):
            return False
        if not self._kept:
            self._room = self._board.room_for(self._namespace) if self._namespace else self._board.most
        if self._kept >= self._room:
            self._without_room.add(namespace)
            return False
        self._kept += 1
        return True

    def listed(self, found: Sequence[SeenName]) -> None:
        seen = ((item.ref, item.look) for item in found if item.look is not None)
        if self._namespace == EVERYWHERE:
            self._board.report_everything(seen, self._without_room)
            self._watcher.everything_is_known()
        else:
            self._board.report_all(self._namespace, seen, fits=not self._without_room)
        self._begin_anew()

    def changed(self, item: SeenName, *, gone: bool) -> None:
        self._board.report(item.ref, None if gone else item.look)

    def failed(self, exc: ClusterError) -> None:
        """Leave what is known as it was seen last; give up only what is not permitted."""
        self._begin_anew()
        if isinstance(exc, ClusterForbidden):
            self._watcher.refused(self._namespace, exc)

    def _begin_anew(self) -> None:
        self._kept = 0
        self._without_room = set()
