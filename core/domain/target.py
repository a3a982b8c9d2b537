"""What a person names (a target), and what it resolves to now (an endpoint)."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import NewType, Self, TypeAlias

from core.domain.errors import BadTarget

Address: TypeAlias = IPv4Address | IPv6Address
PodUid = NewType("PodUid", str)

# RFC 1123 label and subdomain, as the API server checks them (k8s.io/apimachinery/pkg/util/validation).
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_PORT_NAME = re.compile(r"(?=[a-z0-9-]*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?")
_PORT_NUMBER = re.compile(r"\+?0*([0-9]{1,5})")
_MAX_SUBDOMAIN = 253
MAX_PORT = 65_535


class Kind(StrEnum):
    """The kinds of target, by the names that kubectl takes."""

    POD = "pod"


PortRef: TypeAlias = int | str | None
"""A port as a person gives it: a number, a container port's name, or nothing."""


@dataclass(frozen=True, slots=True)
class PodRef:
    """A pod's place in the cluster; says nothing about which incarnation (see ``PodUid``)."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Target:
    """What a person asks to reach.

    Attributes:
        port: 1-65535, or a container port's name, or ``None`` where the person left it out.
    """

    kind: Kind
    namespace: str
    name: str
    port: PortRef = None

    @classmethod
    def parse(cls, kind: Kind, text: str) -> Self:
        """Read ``NAMESPACE/NAME[:PORT]``; case and a ``_`` in a port name are forgiven.

        Raises:
            BadTarget: says which part is wrong and shows a corrected example.
        """
        namespace, slash, rest = text.strip().partition("/")
        if not slash:
            raise BadTarget(text, "the namespace is missing", example=_with_namespace(kind, text.strip()))
        name, colon, port = rest.partition(":")
        namespace, name = namespace.lower(), name.lower()
        if not _LABEL.fullmatch(namespace):
            raise BadTarget(text, f"{namespace!r} is not a namespace", example="payments/api-0")
        if len(name) > _MAX_SUBDOMAIN or not _SUBDOMAIN.fullmatch(name):
            raise BadTarget(text, f"{name!r} is not the name of a {kind}", example=f"{namespace}/api-0")
        return cls(kind, namespace, name, parse_port(port, text, f"{namespace}/{name}") if colon else None)

    @property
    def pod(self) -> PodRef:
        """The pod this target names."""
        return PodRef(self.namespace, self.name)

    def at(self, port: int) -> Self:
        """Return the same target with its port settled as a number."""
        return replace(self, port=port)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" + (f":{self.port}" if self.port is not None else "")


def _with_namespace(kind: Kind, text: str) -> str:
    guess = f"default/{text}"
    try:
        Target.parse(kind, guess)
    except BadTarget:
        return "payments/api-0"
    return guess


def parse_port(text: str, whole: str, before: str) -> int | str:
    """Read a port number or a container port's name.

    Raises:
        BadTarget: neither a number from 1 to 65535 nor a name that a container port can have.
    """
    if text.lstrip("+-").isdigit():
        found = _PORT_NUMBER.fullmatch(text)
        number = int(found[1]) if found else 0
        if not 1 <= number <= MAX_PORT:
            raise BadTarget(whole, f"port {text} is not between 1 and {MAX_PORT}", example=f"{before}:5005")
        return number
    name = same_port_name(text)
    if not _PORT_NAME.fullmatch(name):
        raise BadTarget(whole, f"{text!r} is neither a port number nor a port's name", example=f"{before}:5005")
    return name


def same_port_name(text: str) -> str:
    """Fold what people write to the only form a cluster knows: lower case, ``-`` for ``_``."""
    return text.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a target resolves to now."""

    address: Address
    port: int
    uid: PodUid

    def __str__(self) -> str:
        host = f"[{self.address}]" if self.address.version == 6 else str(self.address)  # noqa: PLR2004 - IPv6
        return f"{host}:{self.port}"
