"""One namespace's pods, watched for those that are followed."""

from collections.abc import Sequence

from core.adapters.kubernetes.board import Board
from core.adapters.kubernetes.connection import Connection
from core.adapters.kubernetes.pace import Pace
from core.adapters.kubernetes.resources import pods_of
from core.adapters.kubernetes.watch import Standing, Watch
from core.domain.errors import ClusterError
from core.domain.pod import Pod
from core.domain.target import PodRef


class PodWatch(Watch[Pod]):
    """Reports the followed pods of a namespace to a board.

    A single followed pod is watched by its name; more of them by their namespace. Another set of pods needs another
    object, because only a list that begins after ``follow`` is sure to be newer than what made somebody follow.
    """

    def __init__(
        self,
        namespace: str,
        refs: frozenset[PodRef],
        connection: Connection,
        board: Board,
        pace: Pace,
        standing: Standing,
    ) -> None:
        name = next(iter(refs)).name if len(refs) == 1 else None
        super().__init__(pods_of(namespace, name), _Followed(refs, board), connection, pace, standing)
        self.refs, self._board = refs, board

    def repeat(self) -> None:
        """Have the present state of all its pods told once more."""
        if self.streaming:
            self._board.repeat(self.refs)
        else:
            self.list_anew()


class _Followed:
    def __init__(self, refs: frozenset[PodRef], board: Board) -> None:
        self._refs, self._board = refs, board

    def wants(self, pod: Pod) -> bool:
        return pod.ref in self._refs

    def listed(self, found: Sequence[Pod]) -> None:
        self._board.report_all(self._refs, {pod.ref: pod for pod in found})

    def changed(self, pod: Pod, *, gone: bool) -> None:
        self._board.report(pod.ref, None if gone else pod)

    def failed(self, exc: ClusterError) -> None:
        """Do nothing: what is known of a pod holds until something else is seen."""
