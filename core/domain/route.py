"""What a gateway is told, and what it says of itself. Derived from mappings, never stored."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain, pairwise
from typing import Final, Self

from core.domain.sources import Sources
from core.domain.target import Address, Endpoint


@dataclass(frozen=True, slots=True)
class PortRange:
    """Listening ports from ``first`` to ``last``, both included."""

    first: int
    last: int

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def overlaps(self, other: "PortRange") -> bool:
        """Whether the two share a port."""
        return self.first <= other.last and other.first <= self.last

    def numbers(self) -> range:
        """Every port, in order."""
        return range(self.first, self.last + 1)


@dataclass(frozen=True, slots=True)
class Ports:
    """Every listening port of a gateway: ranges in order, none of which overlap."""

    ranges: tuple[PortRange, ...]

    @classmethod
    def of(cls, *ranges: PortRange) -> Self:
        """Put ranges in order.

        Raises:
            ValueError: two of them share a port.
        """
        ordered = tuple(sorted(ranges, key=lambda ports: ports.first))
        for before, after in pairwise(ordered):
            if before.overlaps(after):
                raise ValueError(f"the ranges {before} and {after} share ports")
        return cls(ordered)

    def __contains__(self, port: int) -> bool:
        return any(port in ports for ports in self.ranges)

    def __len__(self) -> int:
        return sum(len(ports) for ports in self.ranges)

    def __str__(self) -> str:
        return ", ".join(map(str, self.ranges))

    def numbers(self) -> Iterator[int]:
        """Every port, in order."""
        return chain.from_iterable(ports.numbers() for ports in self.ranges)


FOREVER: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""The end of a route that has none: 253402300799 as a gateway counts."""


@dataclass(frozen=True, slots=True)
class Route:
    """A listening port leads to an endpoint, for callers from these sources, until this second.

    Attributes:
        until: whole seconds, UTC; the gateway ends the route at it by itself.
    """

    port: int
    endpoint: Endpoint
    sources: Sources
    until: datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """What a gateway does on one listening port at this moment.

    Attributes:
        address: where the port leads; ``None`` where it leads nowhere (maintenance).
        until: the deadline that the gateway holds; ``None`` where it holds none, which refuses everybody.
        sources: who may connect; ``None`` where the gateway lets nobody in.
        sessions: connections now.
    """

    port: int
    address: Address | None = None
    target_port: int | None = None
    until: datetime | None = None
    sources: Sources | None = None
    sessions: int = 0

    @property
    def shut(self) -> bool:
        """It serves nobody, and nothing is left on it."""
        return self.address is None and self.until is None and self.sources is None and self.sessions == 0

    def serves(self, route: Route) -> bool:
        """Whether this is exactly what the route asks for."""
        return (self.address, self.target_port, self.until, self.sources) == (
            route.endpoint.address,
            route.endpoint.port,
            route.until,
            route.sources,
        )


@dataclass(frozen=True, slots=True)
class Observation:
    """A gateway's whole state, read at one moment.

    Attributes:
        epoch: names one life of the gateway's process; another epoch means that it restarted and serves nothing yet.
        slots: every port of the range.
    """

    epoch: str
    slots: Mapping[int, Slot]


@dataclass(frozen=True, slots=True)
class Usage:
    """Counters of one port since the gateway's process began; a life of a mapping is the difference of two.

    Attributes:
        epoch: the life of the process these were counted in.
        connections: sessions that reached the slot's backend.
        bytes_in: from the clients to the pod.
        bytes_out: from the pod to the clients.
        failed: connections to the pod that were not established.
        callers: connections by client address, where the gateway tells (admitted and refused together).
        refused: connections refused by client address, because the address is not among the sources.
    """

    epoch: str
    connections: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    failed: int = 0
    callers: Mapping[Address, int] = field(default_factory=dict)
    refused: Mapping[Address, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Applied:
    """How an ``apply`` found the port.

    Attributes:
        interrupted: the gateway had ended this very route by its own deadline before the new one reached it, so that
            the connections it carried were cut.
        usage: the port's counters, read before it was opened; ``None`` where it was open already.
    """

    interrupted: bool = False
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Rejections:
    """Whom a gateway turned away because the address is not among the sources, since its process began.

    Attributes:
        epoch: the life of the process these were counted in.
        by_port: connections by listening port and client address; ports without any are left out.
    """

    epoch: str
    by_port: Mapping[int, Mapping[Address, int]] = field(default_factory=dict)


class Probe(StrEnum):
    """What a gateway found when it tried an endpoint once."""

    ANSWERED = "answered"
    REFUSED = "refused"
    SILENT = "silent"
