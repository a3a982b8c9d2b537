"""What is behind the headless Services of one namespace, by their EndpointSlices."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TypeAlias

from core.adapters.kubernetes.reading_slices import Backend, SeenSlice
from core.domain.errors import ClusterError, ClusterForbidden
from core.domain.service import ServiceRef, ServiceUid
from core.domain.target import Endpoint, PodUid

Ready: TypeAlias = tuple[Backend, int]
"""A backend that is ready, and its port."""


class Backends:
    """Chooses one ready endpoint for each Service, and keeps it for as long as it is ready. A ``Sink`` of slices.

    Args:
        port_name: the Services' port of this name.
        changed: told of which Services something changed; ``None`` for all of them.
        kept: where Services led before: what is ready there stays chosen.
    """

    def __init__(
        self, port_name: str, changed: Callable[[Collection[str] | None], None], kept: Mapping[str, Endpoint]
    ) -> None:
        self._port_name, self._changed = port_name, changed
        self._slices: dict[str, SeenSlice] = {}
        self._of: defaultdict[str, set[str]] = defaultdict(set)  # the slices of each Service, by name
        self._chosen = dict(kept)
        self.settled = False
        """Whether they were read, or never will be with the permissions there are."""

    def wants(self, item: SeenSlice) -> bool:
        """Whether it has the port."""
        return item.port(self._port_name) is not None

    def listed(self, found: Sequence[SeenSlice]) -> None:
        """Take in all there are."""
        self._slices.clear()
        self._of.clear()
        for each in found:
            self._put(each)
        self.settled = True
        self._changed(None)

    def changed(self, item: SeenSlice, *, gone: bool) -> None:
        """Take in one of them."""
        before = self._slices.pop(item.name, None)
        if before is not None:
            self._of[before.service].discard(item.name)
        if not gone and self.wants(item):
            self._put(item)
        self._changed({item.service, *([before.service] if before else [])})

    def failed(self, exc: ClusterError) -> None:
        """Wait for them no longer where they may not be read."""
        if isinstance(exc, ClusterForbidden) and not self.settled:
            self.settled = True
            self._changed(None)

    def endpoint(self, service: ServiceRef, uid: ServiceUid) -> Endpoint | None:
        """Return where a Service leads; ``None`` where nothing behind it is ready."""
        ready = [_leading_to(backend, port, uid) for backend, port in sorted(self._ready(service.name), key=_rank)]
        if not ready:
            self._chosen.pop(service.name, None)
            return None
        before = self._chosen.get(service.name)
        chosen = next((each for each in ready if before is not None and _is_same(each, before)), ready[0])
        self._chosen[service.name] = chosen
        return chosen

    def _put(self, item: SeenSlice) -> None:
        self._slices[item.name] = item
        self._of[item.service].add(item.name)

    def _ready(self, service: str) -> Iterator[Ready]:
        for name in self._of.get(service, ()):
            found = self._slices[name]
            port = found.port(self._port_name)
            if port is not None:
                yield from ((backend, port) for backend in found.backends)


def _rank(ready: Ready) -> tuple[int, str, str]:
    """Version 4 first, then by the pods' names, so that a StatefulSet's first pod is chosen wherever that is ready."""
    backend, _ = ready
    return backend.address.version, backend.name, str(backend.address)


def _leading_to(backend: Backend, port: int, service: ServiceUid) -> Endpoint:
    return Endpoint(backend.address, port, backend.uid or PodUid(service))


def _is_same(one: Endpoint, other: Endpoint) -> bool:
    """Whether they are the same pod, at whatever port."""
    return (one.address, one.uid) == (other.address, other.uid)
