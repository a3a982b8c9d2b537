"""Services, as the API server sends them."""

from dataclasses import dataclass
from typing import Final

from msgspec import Struct, field

from core.adapters.kubernetes.decoding import Listed, Metadata, Reading, address_of
from core.domain.service import ServiceRef, ServiceUid
from core.domain.target import Address

HEADLESS: Final = "None"
"""What ``spec.clusterIP`` is where a Service asks for none."""


class _Port(Struct, frozen=True, gc=False):
    port: int
    name: str = ""
    protocol: str = "TCP"


class _Spec(Struct, frozen=True, gc=False):
    type: str = "ClusterIP"
    cluster_ip: str = field(default="", name="clusterIP")
    cluster_ips: list[str] | None = field(default=None, name="clusterIPs")
    ports: list[_Port] | None = None


class _Service(Struct, frozen=True, gc=False):
    metadata: Metadata
    spec: _Spec = _Spec()


@dataclass(frozen=True, slots=True)
class SeenService:
    """A Service, whatever its ports are called.

    Attributes:
        address: its ClusterIP, of version 4 where it has both; ``None`` where it has none.
        headless: it asks for none: only its EndpointSlices say what is behind it.
        ports: its TCP ports, by name; none of one that is but another name for a host elsewhere (ExternalName).
    """

    ref: ServiceRef
    uid: ServiceUid
    address: Address | None
    headless: bool
    ports: tuple[tuple[str, int], ...]

    def port(self, name: str) -> int | None:
        """Return the port of that name."""
        return dict(self.ports).get(name)


def _as_seen(raw: _Service) -> SeenService:
    spec = raw.spec
    external = spec.type == "ExternalName"
    return SeenService(
        ref=ServiceRef(raw.metadata.namespace, raw.metadata.name),
        uid=ServiceUid(raw.metadata.uid),
        address=_address(spec.cluster_ips or [spec.cluster_ip]),
        headless=spec.cluster_ip == HEADLESS and not external,
        ports=() if external else tuple((port.name, port.port) for port in spec.ports or () if port.protocol == "TCP"),
    )


def _address(texts: list[str]) -> Address | None:
    found = [address for address in map(address_of, texts) if address is not None]
    return min(found, key=lambda address: address.version, default=None)


READING: Final = Reading(_Service, Listed[_Service], _as_seen)
