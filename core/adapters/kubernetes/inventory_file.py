"""Static targets from a YAML file, and what is wrong with it, by line."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Annotated, Final
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from core.domain.errors import BadTarget, ClusterUnreachable
from core.domain.pod import ContainerPort, Phase, Pod
from core.domain.target import MAX_PORT, Kind, PodRef, PodUid, Target, same_port_name
from core.marked_yaml import BadYaml, Document, Place, read_yaml

EXAMPLE: Final = """\
- namespace: payments
  name: api-0
  address: 127.0.0.1
  ports: [{name: debug, number: 5005}]"""


class BadInventory(ClusterUnreachable):
    """An inventory that cannot be read; says where in it, and what an entry looks like.

    Attributes:
        line: counted from 1; ``None`` where the file as a whole cannot be read.
    """

    def __init__(self, path: Path, line: int | None, problem: str) -> None:
        super().__init__(str(path), problem)
        self.line, self.problem, self.hint = line, problem, EXAMPLE

    def __str__(self) -> str:
        return (
            f"the inventory {self.where} cannot be read"
            + (f", line {self.line}" if self.line else "")
            + f": {self.problem}"
        )


class StaticPort(BaseModel):
    """A port as an entry declares it."""

    model_config = ConfigDict(extra="forbid")

    number: Annotated[int, Field(ge=1, le=MAX_PORT)]
    name: str = ""


class StaticTarget(BaseModel):
    """One entry, as it is written."""

    model_config = ConfigDict(extra="forbid")

    namespace: str
    name: str
    address: IPv4Address | IPv6Address | None = None
    ports: list[StaticPort] = []
    uid: str | None = None
    ready: bool = True
    phase: Phase = Phase.RUNNING
    deleting: bool = False
    host_network: bool = False

    def pod(self) -> Pod:
        """Return it as a cluster would show it."""
        ref = Target.parse(Kind.POD, f"{self.namespace}/{self.name}").pod
        return Pod(
            ref=ref,
            uid=PodUid(self.uid or str(uuid5(NAMESPACE_URL, f"pod:{ref}"))),
            phase=self.phase,
            address=self.address,
            ready=self.ready,
            deleting=self.deleting,
            host_network=self.host_network,
            ports=tuple(ContainerPort(port.number, same_port_name(port.name)) for port in self.ports),
        )


_ENTRIES: Final = TypeAdapter(list[StaticTarget])


def parse(text: str, path: Path) -> dict[PodRef, Pod]:
    """Read an inventory: a YAML list of targets. A ``uid`` that is left out is derived from namespace and name.

    Raises:
        BadInventory: names the line.
    """
    if not text.strip():  # as it is for a moment while somebody writes it
        raise BadInventory(path, None, "it is empty; [] stands for no targets")
    try:
        document = read_yaml(text)
        entries = _ENTRIES.validate_python(document.value or [])
    except BadYaml as exc:
        raise BadInventory(path, exc.spot.line if exc.spot else None, exc.problem) from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(str(step) for step in first["loc"] if isinstance(step, str))
        problem = f"{place}: {first['msg']}" if place else first["msg"]
        raise BadInventory(path, _line(document, first["loc"]), problem) from exc
    return _by_ref(entries, document, path)


def _by_ref(entries: Sequence[StaticTarget], document: Document, path: Path) -> dict[PodRef, Pod]:
    found: dict[PodRef, Pod] = {}
    for index, entry in enumerate(entries):
        try:
            pod = entry.pod()
        except BadTarget as exc:
            raise BadInventory(path, _line(document, (index,)), str(exc)) from exc
        if pod.ref in found:
            raise BadInventory(path, _line(document, (index,)), f"{pod.ref} is there twice")
        found[pod.ref] = pod
    return found


def _line(document: Document, place: Place) -> int | None:
    spot = document.spot(place)
    return spot.line if spot else None
