"""A Service as the cluster shows it: only the fields that a decision looks at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType

from core.domain.target import Endpoint

ServiceUid = NewType("ServiceUid", str)


@dataclass(frozen=True, slots=True, order=True)
class ServiceRef:
    """A Service's place in the cluster."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Service:
    """A Service that has a TCP port of the wanted name.

    Attributes:
        endpoint: the ClusterIP and the Service's port; of a headless one, a ready endpoint of its EndpointSlices and
            the port there, the same one for as long as it is ready. ``None`` where there is none at the moment. Its
            ``uid`` is the Service's, or the pod's behind a headless one.
    """

    ref: ServiceRef
    uid: ServiceUid
    endpoint: Endpoint | None
    headless: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The Services of the namespaces that are followed, as they are now.

    Attributes:
        services: all there are in ``known``.
        known: the namespaces that were read in full and are watched; of any other one nothing can be said.
    """

    services: Mapping[ServiceRef, Service] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
