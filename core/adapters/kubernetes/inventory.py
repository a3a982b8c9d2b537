"""Static targets in place of a cluster, from a file that may change at any time."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import structlog

from core.adapters.kubernetes.board import Board
from core.adapters.kubernetes.catalogue_board import CatalogueBoard
from core.adapters.kubernetes.inventory_file import BadInventory, parse
from core.adapters.kubernetes.name_board import LASTING, NameBoard
from core.adapters.kubernetes.permissions import MissingPermission
from core.domain.errors import ClusterError, PodNotFound
from core.domain.names import Roll, look_of
from core.domain.pod import Pod
from core.domain.service import Catalogue, ServiceRef
from core.domain.target import Endpoint, PodRef
from core.interfaces import NOWHERE_YET, Sighting

log = structlog.get_logger(__name__)

INTERVAL: Final = timedelta(seconds=1)

_Signature = tuple[int, int, int]


class StaticInventory:
    """A list of targets in a file. Implements ``Cluster``; an entry that disappears is a pod that is gone.

    Implements ``Names``, and ``Services`` as well: there are none. The file is read again when it changes. While it
    cannot be read, nothing is reported and every question fails.

    Args:
        path: a YAML file, see ``inventory_file.EXAMPLE``.
        interval: how often it is looked at while the inventory is entered.
        lasting: how long names are remembered after they were wanted last.
    """

    def __init__(self, path: Path, *, interval: timedelta = INTERVAL, lasting: timedelta = LASTING) -> None:
        self._path, self._interval = path, interval.total_seconds()
        self._pods: Mapping[PodRef, Pod] = {}
        self._signature: _Signature | None = None
        self._error: BadInventory | None = None
        self._reading = asyncio.Lock()
        self._board, self._catalogue_board, self._name_board = Board(), CatalogueBoard(), NameBoard(lasting)
        self._asked = asyncio.Event()  # to tell everything, by a reading that has not begun yet
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Read the file, and keep looking at it.

        Raises:
            BadInventory: it is missing, or wrong; names the line.
        """
        await self._refresh()
        self._task = asyncio.create_task(self._look(), name="inventory")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @property
    def where(self) -> str:
        """The file."""
        return str(self._path)

    @property
    def troubles(self) -> Mapping[str, ClusterError]:
        """What keeps the file from being read, for each namespace that is followed."""
        return {ref.namespace: self._error for ref in self._board.followed} if self._error else {}

    async def check(self) -> str:
        """Read the file; says how many targets are in it."""
        await self._refresh()
        return f"{len(self._pods)} static target(s)"

    async def missing_permissions(
        self,
        namespaces: Collection[str],  # noqa: ARG002 - as a cluster's
        services: Collection[str] = (),  # noqa: ARG002 - same
    ) -> tuple[MissingPermission, ...]:
        """Return none: a file that can be read is all it takes."""
        return ()

    async def pod(self, ref: PodRef) -> Pod:
        """Read one target now."""
        await self._refresh()
        try:
            return self._pods[ref]
        except KeyError:
            raise PodNotFound(ref.namespace, ref.name) from None

    async def pods(self, namespace: str) -> Sequence[Pod]:
        """List a namespace's targets, sorted by name."""
        await self._refresh()
        found = (pod for pod in self._pods.values() if pod.ref.namespace == namespace)
        return sorted(found, key=lambda pod: pod.ref.name)

    def follow(self, pods: Collection[PodRef]) -> None:
        """Report on these targets, and no others, from now on."""
        self._board.follow(pods)
        self._asked.set()

    def sightings(self) -> AsyncIterator[Sighting]:
        """Yield the present state of the followed targets, then each change."""
        return self._board.sightings()

    def follow_services(
        self,
        namespaces: Collection[str],
        port_name: str,  # noqa: ARG002 - as a cluster's
        kept: Mapping[ServiceRef, Endpoint] = NOWHERE_YET,  # noqa: ARG002 - same
    ) -> None:
        """Know these namespaces, in which there are no Services."""
        self._catalogue_board.follow(namespaces)
        for namespace in self._catalogue_board.followed:
            self._catalogue_board.report_all(namespace, ())

    def catalogues(self) -> AsyncIterator[Catalogue]:
        """Yield the namespaces that are followed, without any Service."""
        return self._catalogue_board.catalogues()

    def want_names(self, globs: Collection[str]) -> None:
        """Remember the targets of the namespaces that these match, for an hour."""
        before = self._name_board.wanted
        self._name_board.want(globs)
        if self._name_board.wanted is not before and self._error is None and self._signature is not None:
            self._remember()

    def known_namespaces(self) -> Collection[str]:
        """List the namespaces whose targets are remembered."""
        return self._name_board.known()

    def roll(self, namespace: str) -> Roll | None:
        """Return a namespace's targets from memory; ``None`` where they are not remembered."""
        return self._name_board.roll(namespace)

    def _remember(self) -> None:
        looks = ((ref, look_of(pod)) for ref, pod in self._pods.items())
        self._name_board.report_everything((ref, look) for ref, look in looks if look is not None)

    async def _look(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._interval):
                    await self._asked.wait()
            asked = self._asked.is_set()
            self._asked.clear()
            try:
                await self._refresh()
            except BadInventory:  # logged, and told to whoever asks
                self._asked.set()
                await asyncio.sleep(self._interval)
            else:
                if asked:
                    self._board.report_all(self._board.followed, self._pods)

    async def _refresh(self) -> None:
        async with self._reading:
            try:
                signature = await asyncio.to_thread(_sign, self._path)
                if signature != self._signature:
                    self._signature = signature
                    self._take(await asyncio.to_thread(_read, self._path))
            except BadInventory as exc:
                self._refuse(exc)
            except (OSError, UnicodeDecodeError) as exc:
                self._signature = None
                self._refuse(BadInventory(self._path, None, str(exc)))
            except Exception as exc:  # a defect of ours: what cannot be understood is refused, and the looking goes on
                log.exception("inventory.reading_broke", path=self.where)
                self._refuse(BadInventory(self._path, None, f"reading it broke ({type(exc).__name__})"))
        if self._error is not None:
            raise self._error

    def _take(self, pods: Mapping[PodRef, Pod]) -> None:
        self._pods, self._error = pods, None
        log.info("inventory.read", path=self.where, targets=len(pods))
        for ref in self._board.followed:
            self._board.report(ref, pods.get(ref))
        if self._name_board.wanted.globs:
            self._remember()

    def _refuse(self, error: BadInventory) -> None:
        if str(error) != str(self._error):
            log.error("inventory.unreadable", path=self.where, line=error.line, problem=error.problem)
        self._error = error


def _read(path: Path) -> Mapping[PodRef, Pod]:
    """Read the file, in a thread: a thousand targets take a second."""
    return parse(path.read_text(), path)


def _sign(path: Path) -> _Signature:
    stat = path.stat()
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
