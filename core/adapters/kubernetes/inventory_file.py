"""Static targets from a YAML file, and what is wrong with it, by line."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Annotated, Final
from uuid import NAMESPACE_URL, uuid5

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from core.domain.errors import BadTarget, ClusterUnreachable
from core.domain.pod import ContainerPort, Phase, Pod
from core.domain.target import MAX_PORT, Kind, PodRef, PodUid, Target, same_port_name

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
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        entries = _ENTRIES.validate_python(loader.construct_document(root) if root else [])
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else None
        raise BadInventory(path, line, str(exc.problem)) from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(str(step) for step in first["loc"] if isinstance(step, str))
        raise BadInventory(
            path, _line(root, first["loc"]), f"{place}: {first['msg']}" if place else first["msg"]
        ) from exc
    return _by_ref(entries, root, path)


def _by_ref(entries: Sequence[StaticTarget], root: yaml.Node | None, path: Path) -> dict[PodRef, Pod]:
    found: dict[PodRef, Pod] = {}
    for index, entry in enumerate(entries):
        try:
            pod = entry.pod()
        except BadTarget as exc:
            raise BadInventory(path, _line(root, (index,)), str(exc)) from exc
        if pod.ref in found:
            raise BadInventory(path, _line(root, (index,)), f"{pod.ref} is there twice")
        found[pod.ref] = pod
    return found


def _line(node: yaml.Node | None, place: Sequence[int | str]) -> int | None:
    """Find the line, from 1, of the innermost part of a place that is there."""
    if node is None:
        return None
    line = node.start_mark.line + 1
    for step in place:
        inner = _inner(node, step)
        if inner is None:
            break
        line, node = inner
    return line


def _inner(node: yaml.Node, step: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        item = node.value[step]
        return item.start_mark.line + 1, item
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark.line + 1, value) for key, value in node.value if key.value == step), None)
    return None
