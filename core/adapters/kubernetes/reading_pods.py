"""Pods, as the API server sends them."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from msgspec import Struct, field

from core.adapters.kubernetes.decoding import Listed, Metadata, Reading, address_of
from core.domain.names import Look
from core.domain.pod import ContainerPort, Phase, Pod
from core.domain.target import PodRef, PodUid


class _Port(Struct, frozen=True, gc=False):
    container_port: int = field(name="containerPort")
    name: str = ""
    protocol: str = "TCP"


class _Container(Struct, frozen=True, gc=False):
    ports: list[_Port] | None = None
    restart_policy: str = field(default="", name="restartPolicy")


class _Spec(Struct, frozen=True, gc=False):
    containers: list[_Container] | None = None
    init_containers: list[_Container] | None = field(default=None, name="initContainers")
    host_network: bool = field(default=False, name="hostNetwork")


class _Condition(Struct, frozen=True, gc=False):
    type: str
    status: str


class _Status(Struct, frozen=True, gc=False):
    phase: str = Phase.PENDING
    pod_ip: str = field(default="", name="podIP")
    conditions: list[_Condition] | None = None


class _Pod(Struct, frozen=True, gc=False):
    metadata: Metadata
    spec: _Spec
    status: _Status = _Status()


def _as_pod(raw: _Pod) -> Pod:
    return Pod(
        ref=PodRef(raw.metadata.namespace, raw.metadata.name),
        uid=PodUid(raw.metadata.uid),
        phase=_phase(raw.status.phase),
        address=address_of(raw.status.pod_ip),
        ready=_ready(raw.status),
        deleting=raw.metadata.deletion_timestamp is not None,
        host_network=raw.spec.host_network,
        ports=tuple(dict.fromkeys(_ports(raw.spec))),
    )


@dataclass(frozen=True, slots=True)
class SeenName:
    """A pod of which little is kept, for there are many.

    Attributes:
        look: ``None`` for one that is over.
    """

    ref: PodRef
    look: Look | None


def _as_name(raw: _Pod) -> SeenName:
    over = raw.metadata.deletion_timestamp is not None or raw.status.phase in {Phase.SUCCEEDED, Phase.FAILED}
    ref = PodRef(sys.intern(raw.metadata.namespace), raw.metadata.name)
    return SeenName(ref, None if over else _look(_ready(raw.status), tuple(dict.fromkeys(_ports(raw.spec)))))


_look = lru_cache(maxsize=4096)(Look)  # most pods look like many others


def _ready(status: _Status) -> bool:
    return any(each.type == "Ready" and each.status == "True" for each in status.conditions or ())


def _ports(spec: _Spec) -> Iterator[ContainerPort]:
    sidecars = [each for each in spec.init_containers or () if each.restart_policy == "Always"]
    for container in [*(spec.containers or ()), *sidecars]:
        for port in container.ports or ():
            if port.protocol == "TCP":
                yield ContainerPort(port.container_port, port.name)


def _phase(text: str) -> Phase:
    return Phase(text) if text in set(Phase) else Phase.UNKNOWN


READING: Final = Reading(_Pod, Listed[_Pod], _as_pod)
READING_NAMES: Final = Reading(_Pod, Listed[_Pod], _as_name)
