"""The kinds of objects that are looked at, and where the API server has them."""

from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

from core.adapters.kubernetes import reading_pods, reading_services, reading_slices
from core.adapters.kubernetes.decoding import Reading
from core.adapters.kubernetes.failures import Call
from core.adapters.kubernetes.reading_pods import SeenName
from core.adapters.kubernetes.reading_services import SeenService
from core.adapters.kubernetes.reading_slices import SERVICE_LABEL, SeenSlice
from core.domain.pod import Pod

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Resource(Generic[T]):
    """A kind of object that lives in namespaces.

    Attributes:
        name: the plural, as RBAC spells it.
        group: as RBAC spells it; empty for the core.
        reading: how it is decoded.
        verbs: what is done with it.
    """

    name: str
    group: str
    reading: Reading[Any, T]  # what is kept while decoding is nobody else's business
    verbs: tuple[str, ...]

    def path(self, namespace: str) -> str:
        """Return the path of a namespace's objects; of those in all namespaces, for an empty one."""
        root = f"/apis/{self.group}/v1" if self.group else "/api/v1"
        return f"{root}/namespaces/{quote(namespace, safe='')}/{self.name}" if namespace else f"{root}/{self.name}"


@dataclass(frozen=True, slots=True)
class Selection(Generic[T]):
    """The objects of one namespace, or those of them that a selector leaves.

    Attributes:
        selector: the part of a query that says which.
    """

    resource: Resource[T]
    namespace: str
    selector: tuple[tuple[str, str], ...] = ()

    def call(self, verb: str, *query: tuple[str, str]) -> Call:
        """Return the call that lists or watches them."""
        path = self.resource.path(self.namespace)
        return Call(verb, self.resource.name, self.namespace, path, query=(*query, *self.selector))


PODS: Final[Resource[Pod]] = Resource("pods", "", reading_pods.READING, ("get", "list", "watch"))
NAMES: Final[Resource[SeenName]] = Resource("pods", "", reading_pods.READING_NAMES, ("list", "watch"))
SERVICES: Final[Resource[SeenService]] = Resource("services", "", reading_services.READING, ("list", "watch"))
SLICES: Final[Resource[SeenSlice]] = Resource(
    "endpointslices", "discovery.k8s.io", reading_slices.READING, ("list", "watch")
)


def pods_of(namespace: str, name: str | None = None) -> Selection[Pod]:
    """Select a namespace's pods, or the one of that name."""
    return Selection(PODS, namespace, (("fieldSelector", f"metadata.name={name}"),) if name else ())


def names_of(namespace: str) -> Selection[SeenName]:
    """Select a namespace's pods that are not over, or those of all namespaces, for an empty one."""
    return Selection(NAMES, namespace, (("fieldSelector", "status.phase!=Succeeded,status.phase!=Failed"),))


def services_of(namespace: str) -> Selection[SeenService]:
    """Select a namespace's Services."""
    return Selection(SERVICES, namespace)


def slices_of(namespace: str) -> Selection[SeenSlice]:
    """Select a namespace's EndpointSlices that belong to a Service."""
    return Selection(SLICES, namespace, (("labelSelector", SERVICE_LABEL),))
