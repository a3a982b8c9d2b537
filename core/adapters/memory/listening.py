"""One listening port of a ``MemoryGateway``, and the connections that callers have through it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from core.domain.route import Route, Slot, Usage
from core.domain.sources import Sources
from core.domain.target import Address, Endpoint


@dataclass(eq=False, slots=True)
class MemoryConnection:
    """A caller's connection.

    Attributes:
        endpoint: what it reached, be it the API behind the entry port; ``None`` where it was not let through.
        alive: nobody has ended it yet.
    """

    port: int
    source: Address
    endpoint: Endpoint | None = None
    alive: bool = False
    bytes_in: int = 0
    bytes_out: int = 0

    def transfer(self, bytes_in: int = 0, bytes_out: int = 0) -> None:
        """Let bytes go to the pod, and come from it.

        Raises:
            ConnectionResetError: it has ended.
        """
        if not self.alive:
            raise ConnectionResetError(f"the connection to port {self.port} has ended")
        self.bytes_in += bytes_in
        self.bytes_out += bytes_out

    def hang_up(self) -> None:
        """End it from the caller's side, or from the pod's."""
        self.alive = False


@dataclass(eq=False, slots=True)
class ListeningPort:
    """A slot and its part of the two maps, with HAProxy's counters.

    Attributes:
        api: what it leads to while nothing is in force: behind the entry port alone.
        serving: the slot is not in maintenance.
        clingy: its connections outlive a cut, as HAProxy 2.8 has it while one is still being made to the pod.
    """

    number: int
    api: Endpoint | None = None
    endpoint: Endpoint | None = None
    serving: bool = False
    until: datetime | None = None
    sources: Sources | None = None
    clingy: bool = False
    failed: int = 0
    connections: list[MemoryConnection] = field(default_factory=list)
    callers: Counter[Address] = field(default_factory=Counter)
    refused: Counter[Address] = field(default_factory=Counter)

    @property
    def sessions(self) -> int:
        """Connections now."""
        return sum(connection.alive for connection in self.connections)

    def leads_to(self, endpoint: Endpoint) -> bool:
        """Whether the slot points there, serving or not."""
        here = self.endpoint
        return here is not None and (here.address, here.port) == (endpoint.address, endpoint.port)

    def ended_by(self, now: datetime) -> bool:
        """Whether the deadline that it held ended it."""
        return not self.serving and self.until is not None and self.until <= now

    def enforce(self, now: datetime) -> None:
        """End what is past its deadline; a missing one has passed."""
        if self.serving and (self.until is None or self.until <= now):
            self.cut()

    def cut(self) -> None:
        """Serve nobody, and end what is on it."""
        self.serving = False
        for connection in self.connections:
            connection.alive = connection.alive and self.clingy

    def shut(self) -> None:
        """Cut, and forget where it led."""
        self.cut()
        self.endpoint = self.until = self.sources = None

    def serve(self, route: Route) -> None:
        """Serve a route."""
        self.endpoint, self.until, self.sources, self.serving = route.endpoint, route.until, route.sources, True

    def admit(self, source: Address, now: datetime) -> MemoryConnection:
        """Let a caller in, or not; who comes when nothing is in force is not even counted, and may find the API."""
        refused = MemoryConnection(self.number, source)
        if self.until is None or self.until <= now:
            return MemoryConnection(self.number, source, self.api, alive=self.api is not None)
        self.callers[source] += 1
        if self.sources is None or not self.sources.admits(source):
            self.refused[source] += 1
            return refused
        return self._lead(source) if self.serving else refused

    def _lead(self, source: Address) -> MemoryConnection:
        connection = MemoryConnection(self.number, source, self.endpoint, alive=True)
        self.connections.append(connection)
        return connection

    def slot(self) -> Slot:
        """Say what it does now."""
        at = self.endpoint if self.serving else None
        address, target_port = (at.address, at.port) if at else (None, None)
        return Slot(self.number, address, target_port, self.until, self.sources, self.sessions)

    def usage(self, epoch: str) -> Usage:
        """Read its counters."""
        return Usage(
            epoch,
            connections=len(self.connections),
            bytes_in=sum(connection.bytes_in for connection in self.connections),
            bytes_out=sum(connection.bytes_out for connection in self.connections),
            failed=self.failed,
            callers=dict(self.callers),
            refused=dict(self.refused),
        )
