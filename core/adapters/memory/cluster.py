import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

from core.adapters.kubernetes.board import Board
from core.adapters.kubernetes.name_board import LASTING, NameBoard
from core.adapters.memory.services import MemoryServices
from core.domain.errors import ClusterError, ClusterUnreachable, PodNotFound
from core.domain.names import Roll, look_of
from core.domain.pod import Pod
from core.domain.service import Catalogue, ServiceRef
from core.domain.target import Endpoint, PodRef
from core.interfaces import NOWHERE_YET, Sighting

DEFAULT_DEADLINE: Final = timedelta(seconds=5)


class MemoryCluster:
    """A cluster of pods that are put and deleted by hand. Implements ``Cluster``, ``Services`` and ``Names``.

    Attributes:
        services: its Services, put and deleted by hand likewise.

    Args:
        pods: the first ones.
        deadline: how long a call takes to fail while the cluster hangs.
        lasting: how long names are remembered after they were wanted last.
    """

    def __init__(self, *pods: Pod, deadline: timedelta = DEFAULT_DEADLINE, lasting: timedelta = LASTING) -> None:
        self._pods = {pod.ref: pod for pod in pods}
        self._deadline = deadline.total_seconds()
        self._board, self._name_board = Board(), NameBoard(lasting)
        self.services = MemoryServices()
        self._error: ClusterError | None = None
        self._well = asyncio.Event()
        self._well.set()

    async def __aenter__(self) -> Self:
        """Do nothing: there is nothing to start."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: there is nothing to stop."""

    # -- what a test does to it ---------------------------------------------------------------------------------------

    @property
    def followed(self) -> frozenset[PodRef]:
        """The pods that somebody follows."""
        return self._board.followed

    def put(self, pod: Pod) -> None:
        """Create a pod, change it, or replace it by one of another UID."""
        self._pods[pod.ref] = pod
        self._notice(pod.ref)

    def delete(self, ref: PodRef) -> None:
        """Let a pod be gone."""
        del self._pods[ref]
        self._notice(ref)

    def fail_with(self, error: ClusterError) -> None:
        """Fail every call with this, and report nothing, until ``recover``."""
        self._error = error
        self.services.hang()

    def hang(self) -> None:
        """Answer nothing, so that calls fail at their deadline, and report nothing, until ``recover``."""
        self._well.clear()
        self.services.hang()

    def recover(self) -> None:
        """Answer again, and tell the present state of all followed pods, as after a relist."""
        self._error = None
        self._well.set()
        self._board.report_all(self._board.followed, self._pods)
        self._remember()
        self.services.recover()

    # -- what everybody else asks of it -------------------------------------------------------------------------------

    async def pod(self, ref: PodRef) -> Pod:
        """Read one pod now."""
        await self._answer()
        try:
            return self._pods[ref]
        except KeyError:
            raise PodNotFound(ref.namespace, ref.name) from None

    async def pods(self, namespace: str) -> Sequence[Pod]:
        """List a namespace's pods, sorted by name."""
        await self._answer()
        found = (pod for pod in self._pods.values() if pod.ref.namespace == namespace)
        return sorted(found, key=lambda pod: pod.ref.name)

    def follow(self, pods: Collection[PodRef]) -> None:
        """Report on these pods, and no others, from now on."""
        self._board.follow(pods)
        if self._answers:
            self._board.report_all(self._board.followed, self._pods)

    def sightings(self) -> AsyncIterator[Sighting]:
        """Yield the present state of the followed pods, then each change."""
        return self._board.sightings()

    def follow_services(
        self, namespaces: Collection[str], port_name: str, kept: Mapping[ServiceRef, Endpoint] = NOWHERE_YET
    ) -> None:
        """Report on these namespaces' Services that have a port of this name, and no others, from now on."""
        self.services.follow_services(namespaces, port_name, kept)

    def catalogues(self) -> AsyncIterator[Catalogue]:
        """Yield the whole picture of the followed Services, then each that differs from the last."""
        return self.services.catalogues()

    def want_names(self, globs: Collection[str]) -> None:
        """Remember the pods of the namespaces that these match, for an hour."""
        before = self._name_board.wanted
        self._name_board.want(globs)
        if self._name_board.wanted is not before and self._answers:
            self._remember()

    def known_namespaces(self) -> Collection[str]:
        """List the namespaces whose pods are remembered."""
        return self._name_board.known()

    def roll(self, namespace: str) -> Roll | None:
        """Return a namespace's pods from memory; ``None`` where they are not remembered."""
        return self._name_board.roll(namespace)

    def _remember(self) -> None:
        looks = ((ref, look_of(pod)) for ref, pod in self._pods.items())
        self._name_board.report_everything((ref, look) for ref, look in looks if look is not None)

    @property
    def _answers(self) -> bool:
        return self._error is None and self._well.is_set()

    def _notice(self, ref: PodRef) -> None:
        if self._answers:
            pod = self._pods.get(ref)
            self._board.report(ref, pod)
            self._name_board.report(ref, look_of(pod) if pod else None)

    async def _answer(self) -> None:
        await asyncio.sleep(0)
        try:
            async with asyncio.timeout(self._deadline):
                await self._well.wait()
        except TimeoutError as exc:
            raise ClusterUnreachable("memory", f"nothing came within {self._deadline:g} s") from exc
        if self._error is not None:
            raise self._error
