from collections.abc import AsyncIterator, Collection, Mapping
from typing import Final

from core.adapters.kubernetes.catalogue_board import CatalogueBoard
from core.domain.service import Catalogue, Service, ServiceRef
from core.domain.target import Endpoint, same_port_name
from core.interfaces import NOWHERE_YET

PORT_NAME: Final = "debug"


class MemoryServices:
    """Services that are put and deleted by hand. Implements ``Services``.

    Attributes:
        kept: what was asked to be kept; where a headless one leads is what a test puts.

    Args:
        services: the first ones; each has a port of the name ``debug``.
    """

    def __init__(self, *services: Service) -> None:
        self._services: dict[ServiceRef, tuple[Service, str]] = {}
        self._board = CatalogueBoard()
        self.kept: Mapping[ServiceRef, Endpoint] = NOWHERE_YET
        self._port_name = ""
        self._hidden: set[str] = set()
        self._answers = True
        for service in services:
            self.put(service)

    # -- what a test does to it ---------------------------------------------------------------------------------------

    @property
    def followed(self) -> frozenset[str]:
        """The namespaces that somebody follows."""
        return self._board.followed

    def put(self, service: Service, port_name: str = PORT_NAME) -> None:
        """Create a Service, change it, rename its port, or replace it by one of another UID."""
        self._services[service.ref] = service, port_name
        self._notice(service.ref)

    def delete(self, ref: ServiceRef) -> None:
        """Let a Service be gone."""
        del self._services[ref]
        self._notice(ref)

    def hide(self, namespace: str) -> None:
        """Report nothing of a namespace until ``show``: it cannot be read."""
        self._hidden.add(namespace)

    def show(self, namespace: str) -> None:
        """Report on a namespace again, as it is now."""
        self._hidden.discard(namespace)
        self._report_all()

    def hang(self) -> None:
        """Report nothing of any namespace until ``recover``."""
        self._answers = False

    def recover(self) -> None:
        """Report again, as after a relist."""
        self._answers = True
        self._report_all()

    # -- what everybody else asks of it -------------------------------------------------------------------------------

    def follow_services(
        self, namespaces: Collection[str], port_name: str, kept: Mapping[ServiceRef, Endpoint] = NOWHERE_YET
    ) -> None:
        """Report on these namespaces' Services that have a port of this name, and no others, from now on."""
        self.kept = kept
        name = same_port_name(port_name)
        if name != self._port_name:
            self._board.follow(())
        self._port_name = name
        self._board.follow(namespaces)
        self._report_all()

    def catalogues(self) -> AsyncIterator[Catalogue]:
        """Yield the whole picture of the followed Services, then each that differs from the last."""
        return self._board.catalogues()

    def _tells_of(self, namespace: str) -> bool:
        return self._answers and namespace not in self._hidden

    def _notice(self, ref: ServiceRef) -> None:
        if self._tells_of(ref.namespace):
            service, port_name = self._services.get(ref, (None, ""))
            self._board.report(ref, service if port_name == self._port_name else None)

    def _report_all(self) -> None:
        wanted = [service for service, port_name in self._services.values() if port_name == self._port_name]
        for namespace in filter(self._tells_of, self._board.followed):
            self._board.report_all(namespace, (each for each in wanted if each.ref.namespace == namespace))
