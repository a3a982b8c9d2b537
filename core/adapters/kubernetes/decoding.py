"""The API server's JSON, decoded into structs that hold only what we use.

That is about 100 times cheaper than the client's typed objects, in time and in memory.
"""

from collections.abc import Iterator
from enum import StrEnum
from ipaddress import ip_address
from typing import Final

import msgspec
from msgspec import Struct, field

from core.domain.pod import ContainerPort, Phase, Pod
from core.domain.target import Address, PodRef, PodUid


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


class _Metadata(Struct, frozen=True, gc=False):
    name: str
    namespace: str
    uid: str
    resource_version: str = field(default="", name="resourceVersion")
    deletion_timestamp: str | None = field(default=None, name="deletionTimestamp")


class _Pod(Struct, frozen=True, gc=False):
    metadata: _Metadata
    spec: _Spec
    status: _Status = _Status()


class _ListMetadata(Struct, frozen=True, gc=False):
    resource_version: str = field(default="", name="resourceVersion")
    continues: str = field(default="", name="continue")


class _PodList(Struct, frozen=True, gc=False):
    metadata: _ListMetadata
    items: list[_Pod] | None = None


class _Versioned(Struct, frozen=True, gc=False):
    metadata: _ListMetadata


class _Failure(Struct, frozen=True, gc=False):
    code: int = 0


class EventType(StrEnum):
    """The types of a watch event (apimachinery, ``watch.EventType``)."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"
    BOOKMARK = "BOOKMARK"
    ERROR = "ERROR"


class _Event(Struct, frozen=True, gc=False):
    type: EventType
    object: msgspec.Raw


class _Verdict(Struct, frozen=True, gc=False):
    allowed: bool = False


class _Review(Struct, frozen=True, gc=False):
    status: _Verdict = _Verdict()


class _Version(Struct, frozen=True, gc=False):
    git_version: str = field(name="gitVersion")


class Page(Struct, frozen=True, gc=False):
    """A part of a list; ``continues`` is empty on the last one."""

    pods: tuple[Pod, ...]
    continues: str
    version: str


class Event(Struct, frozen=True, gc=False):
    """One line of a watch.

    Attributes:
        version: the resourceVersion to go on from; empty for an error.
        pod: of ADDED, MODIFIED and DELETED.
        code: of ERROR: the status that it would have as an answer.
    """

    type: EventType
    version: str = ""
    pod: Pod | None = None
    code: int = 0


_POD: Final = msgspec.json.Decoder(_Pod)
_PODS: Final = msgspec.json.Decoder(_PodList)
_EVENT: Final = msgspec.json.Decoder(_Event)
_VERSIONED: Final = msgspec.json.Decoder(_Versioned)
_FAILURE: Final = msgspec.json.Decoder(_Failure)
_REVIEW: Final = msgspec.json.Decoder(_Review)
_VERSION: Final = msgspec.json.Decoder(_Version)


def pod(body: bytes) -> Pod:
    """Read one pod. This and all that follow raise ``msgspec.DecodeError`` for what Kubernetes does not send."""
    return _as_pod(_POD.decode(body))


def page(body: bytes) -> Page:
    """Read a list of pods."""
    found = _PODS.decode(body)
    pods = tuple(map(_as_pod, found.items or ()))
    return Page(pods, found.metadata.continues, found.metadata.resource_version)


def event(line: bytes) -> Event:
    """Read one line of a watch."""
    raw = _EVENT.decode(line)
    if raw.type is EventType.ERROR:
        return Event(raw.type, code=_FAILURE.decode(raw.object).code)
    if raw.type is EventType.BOOKMARK:
        return Event(raw.type, _VERSIONED.decode(raw.object).metadata.resource_version)
    found = _POD.decode(raw.object)
    return Event(raw.type, found.metadata.resource_version, _as_pod(found))


def allowed(body: bytes) -> bool:
    """Read the answer to a SelfSubjectAccessReview."""
    return _REVIEW.decode(body).status.allowed


def server_version(body: bytes) -> str:
    """Read the answer of ``/version``: ``v1.34.4``."""
    return _VERSION.decode(body).git_version


def _as_pod(raw: _Pod) -> Pod:
    return Pod(
        ref=PodRef(raw.metadata.namespace, raw.metadata.name),
        uid=PodUid(raw.metadata.uid),
        phase=_phase(raw.status.phase),
        address=_address(raw.status.pod_ip),
        ready=any(each.type == "Ready" and each.status == "True" for each in raw.status.conditions or ()),
        deleting=raw.metadata.deletion_timestamp is not None,
        host_network=raw.spec.host_network,
        ports=tuple(dict.fromkeys(_ports(raw.spec))),
    )


def _ports(spec: _Spec) -> Iterator[ContainerPort]:
    sidecars = [each for each in spec.init_containers or () if each.restart_policy == "Always"]
    for container in [*(spec.containers or ()), *sidecars]:
        for port in container.ports or ():
            if port.protocol == "TCP":
                yield ContainerPort(port.container_port, port.name)


def _phase(text: str) -> Phase:
    return Phase(text) if text in set(Phase) else Phase.UNKNOWN


def _address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:  # none yet
        return None
