"""One watch of Services for each followed namespace, and one of EndpointSlices where a headless one is among them."""

from collections.abc import Collection, Mapping
from functools import partial

from core.adapters.kubernetes.backends import Backends
from core.adapters.kubernetes.catalogue_board import CatalogueBoard
from core.adapters.kubernetes.connection import Connection
from core.adapters.kubernetes.namespace_services import NamespaceServices
from core.adapters.kubernetes.pace import Pace
from core.adapters.kubernetes.reading_services import SeenService
from core.adapters.kubernetes.reading_slices import SeenSlice
from core.adapters.kubernetes.resources import SERVICES, SLICES, services_of, slices_of
from core.adapters.kubernetes.running import Running
from core.adapters.kubernetes.watch import Watch
from core.domain.errors import ClusterError
from core.domain.service import ServiceRef
from core.domain.target import Endpoint, same_port_name


class ServiceWatcher:
    """Reports on the followed namespaces' Services to a board, from ``start`` to ``stop``."""

    def __init__(self, connection: Connection, board: CatalogueBoard, pace: Pace) -> None:
        self._connection, self._board, self._pace = connection, board, pace
        self._port_name = ""
        self._kept: Mapping[ServiceRef, Endpoint] = {}
        self._services: Running[Watch[SeenService]] = Running(self._broken)
        self._slices: Running[Watch[SeenSlice]] = Running(self._broken)
        self._started = False

    def start(self) -> None:
        """Start on what is followed already."""
        self._started = True
        self._start_others()

    def stop(self) -> None:
        """Stop every watch."""
        self._started = False
        self._services.stop_all()
        self._slices.stop_all()

    async def ended(self) -> None:
        """Wait until every watch has ended."""
        await self._services.ended()
        await self._slices.ended()

    @property
    def troubles(self) -> Mapping[str, ClusterError]:
        """What is not watched at the moment (``services in payments``), with the last failure of each."""
        services = {f"{SERVICES.name} in {namespace}": error for namespace, error in self._services.troubles()}
        return services | {f"{SLICES.name} in {namespace}": error for namespace, error in self._slices.troubles()}

    def follow(self, namespaces: Collection[str], port_name: str, kept: Mapping[ServiceRef, Endpoint]) -> None:
        """Report on the Services of these namespaces that have a TCP port of this name, and no others.

        ``kept`` says where headless ones led before; it counts for the namespaces that are not watched yet.
        """
        name = same_port_name(port_name)
        if name != self._port_name:
            self._board.follow(())
            self._stop_others()
        self._port_name, self._kept = name, kept
        self._board.follow(namespaces)
        self._stop_others()
        if self._started:
            self._start_others()

    def _stop_others(self) -> None:
        for namespace in self._services.keys() - self._board.followed:
            self._stop(namespace)

    def _stop(self, namespace: str) -> None:
        self._services.stop(namespace)
        self._slices.stop(namespace)

    def _broken(self, namespace: str, exc: BaseException) -> None:
        self._stop(namespace)  # both begin anew by the next ``follow``
        self._board.break_off(exc)

    def _start_others(self) -> None:
        for namespace in self._board.followed - self._services.keys():
            look_behind = partial(self._look_behind, namespace)
            kept = {ref.name: endpoint for ref, endpoint in self._kept.items() if ref.namespace == namespace}
            sink = NamespaceServices(namespace, self._port_name, self._board, look_behind, kept)
            self._services.start(namespace, Watch(services_of(namespace), sink, self._connection, self._pace))

    def _look_behind(self, namespace: str, backends: Backends | None) -> None:
        self._slices.stop(namespace)
        if backends is not None:
            self._slices.start(namespace, Watch(slices_of(namespace), backends, self._connection, self._pace))
