"""One namespace's Services, put together from what is seen of them and of their EndpointSlices."""

from collections.abc import Callable, Collection, Mapping, Sequence

from core.adapters.kubernetes.backends import Backends
from core.adapters.kubernetes.catalogue_board import CatalogueBoard
from core.adapters.kubernetes.reading_services import SeenService
from core.domain.errors import ClusterError
from core.domain.service import Service, ServiceRef
from core.domain.target import Endpoint, PodUid


class NamespaceServices:
    """Reports the Services that have the wanted port to a board. A ``Sink`` of Services.

    Nothing is reported before the Services were listed and, where one of them is headless, what is behind it as well.

    Args:
        watch_backends: told to begin watching what is behind headless Services (into this sink), or to end (``None``).
        kept: where headless Services led before.
    """

    def __init__(
        self,
        namespace: str,
        port_name: str,
        board: CatalogueBoard,
        watch_backends: Callable[[Backends | None], None],
        kept: Mapping[str, Endpoint],
    ) -> None:
        self._namespace, self._port_name, self._board = namespace, port_name, board
        self._watch_backends, self._kept = watch_backends, kept
        self._backends: Backends | None = None  # while there is a headless one
        self._seen: dict[str, SeenService] = {}
        self._headless: set[str] = set()
        self._told = False

    def wants(self, item: SeenService) -> bool:
        """Whether it has the port."""
        return item.port(self._port_name) is not None

    def listed(self, found: Sequence[SeenService]) -> None:
        """Take in all there are."""
        self._seen = {item.ref.name: item for item in found}
        self._headless = {item.ref.name for item in found if item.headless}
        self._look_behind()
        self._report_all()

    def changed(self, item: SeenService, *, gone: bool) -> None:
        """Take in one of them."""
        name = item.ref.name
        self._seen.pop(name, None)
        self._headless.discard(name)
        if not gone and self.wants(item):
            self._seen[name] = item
            self._headless.update({name} if item.headless else ())
        self._look_behind()
        self._report([name])

    def failed(self, exc: ClusterError) -> None:
        """Do nothing: what was seen last holds until a list says otherwise."""

    def _look_behind(self) -> None:
        if bool(self._headless) == (self._backends is not None):
            return
        self._backends = Backends(self._port_name, self._changed_behind, self._kept) if self._headless else None
        self._watch_backends(self._backends)

    def _changed_behind(self, names: Collection[str] | None) -> None:
        self._report(self._headless if names is None else self._headless.intersection(names))

    def _report(self, names: Collection[str]) -> None:
        if not self._told:
            self._report_all()
            return
        for name in names:
            seen = self._seen.get(name)
            self._board.report(ServiceRef(self._namespace, name), self._service(seen) if seen else None)

    def _report_all(self) -> None:
        self._told = self._told or self._backends is None or self._backends.settled
        if self._told:
            self._board.report_all(self._namespace, map(self._service, self._seen.values()))

    def _service(self, seen: SeenService) -> Service:
        return Service(seen.ref, seen.uid, self._endpoint(seen), seen.headless)

    def _endpoint(self, seen: SeenService) -> Endpoint | None:
        if seen.headless:
            return self._backends.endpoint(seen.ref, seen.uid) if self._backends else None
        port = seen.port(self._port_name)
        return Endpoint(seen.address, port, PodUid(seen.uid)) if seen.address and port else None
