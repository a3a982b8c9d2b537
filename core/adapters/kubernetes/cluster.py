from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from types import TracebackType
from typing import Self

import structlog

from core.adapters.kubernetes import decoding
from core.adapters.kubernetes.board import Board
from core.adapters.kubernetes.catalogue_board import CatalogueBoard
from core.adapters.kubernetes.connection import DEADLINE, Connection
from core.adapters.kubernetes.credentials import Credentials
from core.adapters.kubernetes.failures import Call, translated
from core.adapters.kubernetes.name_board import LASTING, NameBoard
from core.adapters.kubernetes.name_watcher import NameWatcher
from core.adapters.kubernetes.pace import USUAL, Pace
from core.adapters.kubernetes.permissions import MissingPermission, missing_permissions, on_pods, on_services
from core.adapters.kubernetes.pod_watcher import PodWatcher
from core.adapters.kubernetes.resolver import Resolver
from core.adapters.kubernetes.service_watcher import ServiceWatcher
from core.domain.errors import ClusterError, ClusterUnreachable
from core.domain.names import Roll
from core.domain.pod import Pod
from core.domain.service import Catalogue, ServiceRef
from core.domain.target import Endpoint, PodRef
from core.interfaces import NOWHERE_YET, Sighting

log = structlog.get_logger(__name__)


class KubernetesCluster:
    """A cluster, by its API server. Implements ``Cluster``, ``Services`` and ``Names``.

    Entering reads the configuration, and starts the watches of what is followed.

    Args:
        credentials: where the API server is, and who we are to it.
        deadline: for each call.
        pace: how the watches spend their time.
        lasting: how long names are remembered after they were wanted last.
        on_error: told of every failed call; for the metrics.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        deadline: timedelta = DEADLINE,
        pace: Pace = USUAL,
        lasting: timedelta = LASTING,
        on_error: Callable[[ClusterError], None] = lambda _: None,
    ) -> None:
        self._credentials = credentials
        self._connection = Connection(credentials, deadline, on_error)
        self._resolver = Resolver(self._connection)
        self._board, self._catalogue_board, self._name_board = Board(), CatalogueBoard(), NameBoard(lasting)
        self._pod_watcher = PodWatcher(self._connection, self._board, pace)
        self._service_watcher = ServiceWatcher(self._connection, self._catalogue_board, pace)
        self._name_watcher = NameWatcher(self._connection, self._name_board, pace)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Read the configuration, and start.

        Raises:
            BadKubeconfig: it is missing or cannot be used. A cluster that does not answer is no reason to fail here.
        """
        try:
            await self._credentials.client()
        except ClusterUnreachable as exc:
            log.warning("cluster.not_ready", where=exc.where, error=str(exc))
        watchers = (self._pod_watcher, self._service_watcher, self._name_watcher)
        for watcher in watchers:
            self._stack.push_async_callback(watcher.ended)
        # Before the watches let go of their connections, for those that still have one it is cut and waited for.
        self._stack.push_async_callback(self._credentials.close)
        for watcher in watchers:
            watcher.start()
            self._stack.callback(watcher.stop)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the watches, and close all connections."""
        await self._stack.aclose()

    @property
    def where(self) -> str:
        """The API server's URL."""
        return self._connection.where

    @property
    def troubles(self) -> Mapping[str, ClusterError]:
        """What is followed and not watched at the moment, with the last failure of each; no call.

        A namespace stands for its pods; of V2 it is said what of it: ``services in payments``. Names are never among
        them: what is not known of those is asked for.
        """
        return {**self._pod_watcher.troubles, **self._service_watcher.troubles}

    async def check(self) -> str:
        """Ask the server for its version (``v1.34.4``): it answers, and accepts our credentials."""
        body = await self._connection.read(Call("get", "/version", "", "/version"))
        with translated(self.where):
            return decoding.server_version(body)

    async def missing_permissions(
        self, namespaces: Collection[str], services: Collection[str] = ()
    ) -> tuple[MissingPermission, ...]:
        """Return which permissions are missing; an empty name asks for all namespaces at once.

        Args:
            namespaces: where pods are looked up and watched.
            services: where Services are followed.
        """
        return await missing_permissions(self._connection, [*on_pods(namespaces), *on_services(services)])

    async def pod(self, ref: PodRef) -> Pod:
        """Read one pod now."""
        return await self._resolver.pod(ref)

    async def pods(self, namespace: str) -> Sequence[Pod]:
        """List a namespace's pods, sorted by name."""
        return await self._resolver.pods(namespace)

    def follow(self, pods: Collection[PodRef]) -> None:
        """Report on these pods, and no others, from now on."""
        self._pod_watcher.follow(pods)

    def sightings(self) -> AsyncIterator[Sighting]:
        """Yield the present state of the followed pods, then each change; of a pod that changes fast, the last."""
        return self._board.sightings()

    def follow_services(
        self, namespaces: Collection[str], port_name: str, kept: Mapping[ServiceRef, Endpoint] = NOWHERE_YET
    ) -> None:
        """Report on these namespaces' Services that have a TCP port of this name, and no others, from now on."""
        self._service_watcher.follow(namespaces, port_name, kept)

    def catalogues(self) -> AsyncIterator[Catalogue]:
        """Yield the whole picture of the followed Services, then each that differs from the last."""
        return self._catalogue_board.catalogues()

    def want_names(self, globs: Collection[str]) -> None:
        """Remember the pods of the namespaces that these match, from soon on, and for an hour."""
        self._name_watcher.want(globs)

    def known_namespaces(self) -> Collection[str]:
        """List the namespaces whose pods are remembered."""
        return self._name_board.known()

    def roll(self, namespace: str) -> Roll | None:
        """Return a namespace's pods from memory; ``None`` where they are not remembered."""
        return self._name_board.roll(namespace)
