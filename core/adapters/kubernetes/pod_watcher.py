"""One watch for each namespace that has followed pods, and none for any other."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from core.adapters.kubernetes.board import Board
from core.adapters.kubernetes.connection import Connection
from core.adapters.kubernetes.pace import Pace
from core.adapters.kubernetes.pod_watch import PodWatch
from core.adapters.kubernetes.running import Running
from core.adapters.kubernetes.watch import Standing
from core.domain.errors import ClusterError
from core.domain.target import PodRef


class PodWatcher:
    """Reports on the followed pods to a board, from ``start`` to ``stop``."""

    def __init__(self, connection: Connection, board: Board, pace: Pace) -> None:
        self._connection, self._board, self._pace = connection, board, pace
        self._running: Running[PodWatch] = Running(lambda _, exc: board.break_off(exc))
        self._started = False

    def start(self) -> None:
        """Start on what is followed already."""
        self._started = True
        self.follow(self._board.followed)

    def stop(self) -> None:
        """Stop every watch."""
        self._started = False
        self._running.stop_all()

    async def ended(self) -> None:
        """Wait until every watch has ended."""
        await self._running.ended()

    @property
    def troubles(self) -> Mapping[str, ClusterError]:
        """The namespaces that are not watched at the moment, with the last failure of each."""
        return dict(self._running.troubles())

    def follow(self, pods: Collection[PodRef]) -> None:
        """Report on these pods, and no others."""
        self._board.follow(pods)
        if not self._started:
            return
        wanted: dict[str, set[PodRef]] = defaultdict(set)
        for ref in pods:
            wanted[ref.namespace].add(ref)
        for namespace in self._running.keys() - wanted.keys():
            self._running.stop(namespace)
        for namespace, refs in wanted.items():
            self._follow_in(namespace, frozenset(refs))

    def _follow_in(self, namespace: str, refs: frozenset[PodRef]) -> None:
        watch = self._running.get(namespace)
        if watch is not None and refs <= watch.refs and (watch.listing or all(map(self._board.knows, refs))):
            watch.repeat()
            return
        standing = watch.standing if watch else Standing()
        self._running.start(namespace, PodWatch(namespace, refs, self._connection, self._board, self._pace, standing))
