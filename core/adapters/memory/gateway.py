import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_address
from itertools import count
from types import TracebackType
from typing import Final, Self

from core.adapters.haproxy.configuration import Entry
from core.adapters.haproxy.sense import refuse_senseless, refuse_senseless_endpoint
from core.adapters.memory.listening import ListeningPort, MemoryConnection
from core.domain.errors import GatewayError, GatewayRefused, GatewayUnreachable, NoSlot, StillConnected
from core.domain.route import Applied, Observation, Ports, Probe, Rejections, Route, Usage
from core.domain.target import Endpoint, PodUid
from core.interfaces import Clock

DEFAULT_DEADLINE: Final = timedelta(seconds=2)
API: Final = PodUid("the-api")
"""Stands for a pod where a caller of the entry port reached the API."""
_WHERE: Final = "memory"
_LIVES: Final = count(1)


class MemoryGateway:
    """A gateway whose connections are objects; ends routes at their deadline by its clock. Implements ``Gateway``.

    Args:
        ports: the listening ports.
        clock: its own wall time.
        deadline: how long a verb takes to fail while the gateway hangs.
        entry: which of them is the entry port, and the API that it leads to while it is shut.
    """

    def __init__(
        self, ports: Ports, clock: Clock, deadline: timedelta = DEFAULT_DEADLINE, *, entry: Entry | None = None
    ) -> None:
        self._ports, self._clock, self._deadline, self._entry = ports, clock, deadline.total_seconds(), entry
        self._probes: dict[Endpoint, Probe] = {}
        self._error: GatewayError | None = None
        self._loses_answers = False
        self._answering = asyncio.Event()
        self._answering.set()
        self._running = True
        self._begin()

    async def __aenter__(self) -> Self:
        """Do nothing: there is nothing to start."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: there is nothing to stop."""

    def _begin(self) -> None:
        self._epoch = f"life-{next(_LIVES)}"
        self._slots = {number: ListeningPort(number) for number in self._ports.numbers()}
        if self._entry is not None:
            self._slots[self._entry.port].api = self.api

    @property
    def api(self) -> Endpoint | None:
        """What the entry port leads to while it is shut; ``answer`` says whether it accepts."""
        return Endpoint(self._entry.api.host, self._entry.api.port, API) if self._entry else None

    # -- what a test does to it ---------------------------------------------------------------------------------------

    def connect(self, port: int, source: str = "127.0.0.1") -> MemoryConnection:
        """Come as a caller from that address; whoever is not let through gets a connection that is not alive.

        Raises:
            ConnectionRefusedError: nobody listens: the process is dead, or the port is not one of its own.
        """
        self.tick()
        if not self._running or port not in self._slots:
            raise ConnectionRefusedError(f"nobody listens on port {port}")
        slot = self._slots[port]
        connection = slot.admit(ip_address(source), self._clock.now())
        if connection.endpoint is not None and self._answer(connection.endpoint) is not Probe.ANSWERED:
            connection.hang_up()
            slot.failed += connection.endpoint != self.api
            connection.endpoint = None
        return connection

    def tick(self) -> None:
        """End what is past its deadline; it does so by itself before whatever is done to it or asked of it."""
        for slot in self._slots.values():
            slot.enforce(self._clock.now())

    def restart(self) -> None:
        """Begin another life: connections are gone, and nothing is served until somebody speaks."""
        self.stop()
        self._running = True
        self._begin()
        self.recover()

    def stop(self) -> None:
        """Die, connections and all; every verb fails at once until ``restart``."""
        for slot in self._slots.values():
            slot.clingy = False
            slot.shut()
        self._running = False
        self.fail_with(GatewayUnreachable(_WHERE, "it is not running"))

    def hang(self) -> None:
        """Answer nothing, so that verbs fail at their deadline, until ``recover``; callers and deadlines go on."""
        self._answering.clear()

    def refuse(self, answer: str = "no") -> None:
        """Do nothing that it is told, and say so, until ``recover``."""
        self.fail_with(GatewayRefused("everything", answer))

    def fail_with(self, error: GatewayError) -> None:
        """Fail every verb with this, undone, until ``recover``."""
        self._error = error

    def lose_answers(self) -> None:
        """Do as it is told, and let the answers get lost, until ``recover``."""
        self._loses_answers = True

    def recover(self) -> None:
        """Answer again."""
        self._error, self._loses_answers = None, False
        self._answering.set()

    def cling(self, port: int, *, on: bool = True) -> None:
        """Let a port's connections outlive every cut, or no longer."""
        self._slots[port].clingy = on

    def answer(self, endpoint: Endpoint, probe: Probe) -> None:
        """Let an endpoint answer like this from now on; those that nobody spoke of accept."""
        self._probes[endpoint] = probe

    # -- what everybody else asks of it -------------------------------------------------------------------------------

    @property
    def ports(self) -> Ports:
        """The listening ports it has slots for."""
        return self._ports

    async def epoch(self) -> str:
        """Name the present life of the gateway's process."""
        async with self._asked():
            return self._epoch

    async def observe(self) -> Observation:
        """Read the state of every slot."""
        async with self._asked():
            return Observation(self._epoch, {number: slot.slot() for number, slot in self._slots.items()})

    async def apply(self, route: Route) -> Applied:
        """Make one port serve exactly this route."""
        async with self._asked():
            now = self._clock.now()
            refuse_senseless(route, now)
            slot = self._slot(route.port)
            interrupted = slot.leads_to(route.endpoint) and slot.ended_by(now)
            usage = None if slot.serving else slot.usage(self._epoch)
            if not self._lead(slot, route):
                raise GatewayRefused(f"port {route.port} to {route.endpoint}", f"it stays at {slot.slot()}")
            return Applied(interrupted, usage)

    async def close(self, port: int) -> None:
        """Shut a port and cut what is on it."""
        async with self._asked():
            slot = self._slot(port)
            slot.shut()
            if slot.sessions:
                raise StillConnected(port, slot.sessions)

    async def resync(self, routes: Collection[Route]) -> None:
        """Make the whole gateway serve these routes and nothing else; a senseless one is left out."""
        async with self._asked():
            wanted = {route.port: route for route in routes if self._makes_sense(route)}
            for number, slot in self._slots.items():
                if number not in wanted:
                    slot.shut()
            stuck = [self._slots[number] for number in wanted if not self._lead(self._slots[number], wanted[number])]
            for slot in self._slots.values():
                if slot.sessions and slot.number not in wanted:
                    raise StillConnected(slot.number, slot.sessions)
            if stuck:
                raise GatewayRefused(f"port {stuck[0].number}", f"it stays at {stuck[0].slot()}")

    async def usage(self, port: int) -> Usage:
        """Read a port's counters."""
        async with self._asked():
            return self._slot(port).usage(self._epoch)

    async def refused(self) -> Rejections:
        """Say whom it turned away, on all ports at once."""
        async with self._asked():
            return Rejections(self._epoch, {p: dict(slot.refused) for p, slot in self._slots.items() if slot.refused})

    async def probe(self, endpoint: Endpoint) -> Probe:
        """Say what ``answer`` was told of the endpoint."""
        refuse_senseless_endpoint(endpoint)
        async with self._asked():
            return self._answer(endpoint)

    def _answer(self, endpoint: Endpoint) -> Probe:
        return self._probes.get(endpoint, Probe.ANSWERED)

    def _slot(self, port: int) -> ListeningPort:
        if port not in self._slots:
            raise NoSlot(port, "the running configuration has no slot for it")
        return self._slots[port]

    def _lead(self, slot: ListeningPort, route: Route) -> bool:
        """Serve a route; ``False`` where connections to another endpoint will not go."""
        if not slot.leads_to(route.endpoint):
            slot.cut()
            if slot.sessions:
                return False
        slot.serve(route)
        return True

    def _makes_sense(self, route: Route) -> bool:
        try:
            refuse_senseless(route, self._clock.now())
        except GatewayRefused:
            return False
        return route.port in self._slots

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[None]:
        await asyncio.sleep(0)
        try:
            async with asyncio.timeout(self._deadline):
                await self._answering.wait()
        except TimeoutError as exc:
            raise GatewayUnreachable(_WHERE, f"no answer within {self._deadline:g} s") from exc
        if self._error is not None:
            raise self._error
        self.tick()
        try:
            yield
        finally:
            if self._loses_answers:
                raise GatewayUnreachable(_WHERE, "its answer broke off")
