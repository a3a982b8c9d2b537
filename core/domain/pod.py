"""A pod as the cluster shows it: only the fields that a decision looks at."""

from dataclasses import dataclass, field
from enum import StrEnum

from core.domain.target import Address, PodRef, PodUid


class Phase(StrEnum):
    """``status.phase`` of a pod, as Kubernetes spells it."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class ContainerPort:
    """A declared TCP port of a container; ``name`` is empty where the manifest gives none."""

    number: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Pod:
    """One incarnation of a pod.

    Attributes:
        address: ``status.podIP``; ``None`` until the pod has one.
        deleting: ``metadata.deletionTimestamp`` is set.
        host_network: ``spec.hostNetwork``; its ports are then the node's.
        ports: declared TCP ports of all its containers, sidecars (init containers that restart) included.
    """

    ref: PodRef
    uid: PodUid
    phase: Phase
    address: Address | None = None
    ready: bool = False
    deleting: bool = False
    host_network: bool = False
    ports: tuple[ContainerPort, ...] = field(default=())

    @property
    def finished(self) -> bool:
        """It will never serve again."""
        return self.deleting or self.phase in {Phase.SUCCEEDED, Phase.FAILED}
