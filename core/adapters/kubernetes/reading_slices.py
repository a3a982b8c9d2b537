"""EndpointSlices, as the API server sends them (``discovery.k8s.io/v1``)."""

from dataclasses import dataclass
from typing import Final

from msgspec import Struct, field

from core.adapters.kubernetes.decoding import Listed, Metadata, Reading, address_of
from core.domain.target import Address, PodUid

SERVICE_LABEL: Final = "kubernetes.io/service-name"
"""Names the Service that a slice belongs to."""


class _Labels(Struct, frozen=True, gc=False):
    service: str = field(default="", name=SERVICE_LABEL)


class _LabelledMetadata(Metadata, frozen=True, gc=False):
    labels: _Labels = _Labels()


class _Port(Struct, frozen=True, gc=False):
    port: int | None = None
    name: str | None = None
    protocol: str | None = None


class _Conditions(Struct, frozen=True, gc=False):
    ready: bool | None = None  # "a nil value should be interpreted as true"


class _Reference(Struct, frozen=True, gc=False):
    kind: str = ""
    name: str = ""
    uid: str = ""


class _Endpoint(Struct, frozen=True, gc=False):
    addresses: list[str]
    conditions: _Conditions = _Conditions()
    target: _Reference | None = field(default=None, name="targetRef")


class _Slice(Struct, frozen=True, gc=False):
    metadata: _LabelledMetadata
    endpoints: list[_Endpoint] | None = None
    ports: list[_Port] | None = None


@dataclass(frozen=True, slots=True)
class Backend:
    """One ready endpoint of a slice.

    Attributes:
        name: of the pod; empty where the slice does not say whose endpoint it is.
        uid: the pod's; ``None`` likewise.
    """

    address: Address
    name: str = ""
    uid: PodUid | None = None


@dataclass(frozen=True, slots=True)
class SeenSlice:
    """A part of what is behind a Service.

    Attributes:
        service: the Service's name, in the same namespace.
        ports: the TCP ports of all the backends, by the name that the Service gives them.
        backends: those that are ready.
    """

    name: str
    service: str
    ports: tuple[tuple[str, int], ...]
    backends: tuple[Backend, ...]

    def port(self, name: str) -> int | None:
        """Return the port of that name."""
        return dict(self.ports).get(name)


def _as_seen(raw: _Slice) -> SeenSlice:
    ports = (port for port in raw.ports or () if port.protocol in {None, "TCP"})
    backends = map(_as_backend, (each for each in raw.endpoints or () if each.conditions.ready is not False))
    return SeenSlice(
        name=raw.metadata.name,
        service=raw.metadata.labels.service,
        ports=tuple((port.name or "", port.port) for port in ports if port.port is not None),
        backends=tuple(backend for backend in backends if backend is not None),
    )


def _as_backend(raw: _Endpoint) -> Backend | None:
    address = address_of(raw.addresses[0]) if raw.addresses else None  # all of them are the same endpoint
    if address is None:  # a slice of type FQDN
        return None
    if raw.target is None or raw.target.kind != "Pod":
        return Backend(address)
    return Backend(address, raw.target.name, PodUid(raw.target.uid))


READING: Final = Reading(_Slice, Listed[_Slice], _as_seen)
