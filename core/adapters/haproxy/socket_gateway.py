"""The gateway over HAProxy's runtime socket: our own HAProxy's, or one that somebody else runs."""

from collections.abc import Collection
from datetime import timedelta
from typing import Final

import structlog

from core.adapters.haproxy.addresses import RuntimeAddress
from core.adapters.haproxy.bulk import Resync
from core.adapters.haproxy.commands import command
from core.adapters.haproxy.convergence import Convergence
from core.adapters.haproxy.runtime import RuntimeSocket
from core.adapters.haproxy.sense import refuse_senseless, refuse_senseless_endpoint, sensible
from core.adapters.haproxy.snapshot import EPOCH, Identity, Reader
from core.adapters.haproxy.turns import Turns
from core.domain.errors import GatewayRefused
from core.domain.route import Applied, Observation, Ports, Probe, Rejections, Route, Slot, Usage
from core.domain.target import Endpoint
from core.interfaces import Clock

log = structlog.get_logger(__name__)

AT_A_TIME: Final = 16
"""Connections to the socket that one bot holds; HAProxy takes ``STATS_MAXCONN``, from everybody."""
PROBES_AT_A_TIME: Final = 32
"""The same, for probes: each may last some seconds, and is not to keep anything else waiting."""
PROBE_PATIENCE: Final = timedelta(seconds=3)
"""Beyond the deadline of an exchange; more than ``GatewayConfig.probe_timeout``."""


class SocketGateway:
    """One HAProxy that runs a configuration of ``rendering``.

    Args:
        address: its runtime socket.
        ports: the listening ports that are ours.
        clock: tells whether a deadline has passed; HAProxy looks at its own as well.
        deadline: for one exchange with HAProxy.
        settle: how long a slot may take to become what it should be; more than ``GatewayConfig.connect_timeout``,
            for a connection that is still being made may outlive a cut by that (HAProxy before 3.2).
    """

    def __init__(
        self,
        address: RuntimeAddress,
        ports: Ports,
        clock: Clock,
        *,
        deadline: timedelta = timedelta(seconds=2),
        settle: timedelta = timedelta(seconds=5),
    ) -> None:
        self._socket = RuntimeSocket(address, deadline, AT_A_TIME)
        self._probes = RuntimeSocket(address, deadline, PROBES_AT_A_TIME)
        self._reader = Reader(self._socket)
        self._ports, self._clock, self._settle = ports, clock, settle
        self._turns = Turns()

    @property
    def ports(self) -> Ports:
        """The listening ports it has slots for."""
        return self._ports

    async def identity(self) -> Identity:
        """Say which process answers, and what it runs."""
        return await self._reader.identity()

    async def epoch(self) -> str:
        """Name the life of the process: drawn at random when it read its configuration."""
        return (await self._socket.ask(EPOCH)).replies[0].strip()

    async def observe(self) -> Observation:
        """Read every slot: ours, and any other that the running configuration has."""
        snapshot = await self._reader.all_slots()
        found = {port: state.slot() for port, state in snapshot.states.items()}
        missing = {port: Slot(port) for port in self._ports.numbers() if port not in found}
        return Observation(snapshot.epoch, found | missing)

    async def apply(self, route: Route) -> Applied:
        """Make one port serve exactly this route; a port that an HAProxy with other ports than ours has will do.

        IPv6 networks among the sources are kept and read back; nobody is admitted by them (see ``slots``).
        """
        refuse_senseless(route, self._clock.now())
        async with self._turns.on(route.port):
            applied = await self._convergence().serve(route)
        log.debug("haproxy.applied", port=route.port, endpoint=str(route.endpoint), interrupted=applied.interrupted)
        return applied

    async def close(self, port: int) -> None:
        """Shut a port and cut what is on it."""
        async with self._turns.on(port):
            await self._convergence().shut(port)
        log.debug("haproxy.closed", port=port)

    async def resync(self, routes: Collection[Route]) -> None:
        """Make the whole gateway serve these routes and nothing else.

        A route that ``apply`` would refuse is left out, so that the others are served; ``observe`` shows it.
        """
        wanted = sensible(routes, self._clock.now())
        async with self._turns.on_all(self._ports.numbers()):
            await Resync(self._socket, self._reader, self._settle).run(wanted)

    async def usage(self, port: int) -> Usage:
        """Read a port's counters."""
        return await self._reader.usage(port)

    async def refused(self) -> Rejections:
        """Say whom it turned away, on all ports at once."""
        return await self._reader.refused()

    async def probe(self, endpoint: Endpoint) -> Probe:
        """Have HAProxy try the endpoint once, from where it stands."""
        refuse_senseless_endpoint(endpoint)
        question = command("pp", "probe", endpoint.address, endpoint.port)
        answer = (await self._probes.ask(question, patience=PROBE_PATIENCE)).replies[0].strip()
        if answer not in set(Probe):
            raise GatewayRefused("a probe", answer)
        return Probe(answer)

    def _convergence(self) -> Convergence:
        return Convergence(self._reader, self._clock, self._settle)
