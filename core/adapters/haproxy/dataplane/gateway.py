"""The gateway over the Data Plane API of an HAProxy that runs what ``rendering`` prints."""

import asyncio
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import structlog

from core.adapters.haproxy.convergence import Convergence
from core.adapters.haproxy.dataplane.bulk import Resync
from core.adapters.haproxy.dataplane.client import Api, Credentials
from core.adapters.haproxy.dataplane.doing import Doer
from core.adapters.haproxy.dataplane.probing import Prober
from core.adapters.haproxy.dataplane.reader import Reader
from core.adapters.haproxy.dataplane.talk import Talk
from core.adapters.haproxy.sense import refuse_senseless, refuse_senseless_endpoint, sensible
from core.adapters.haproxy.snapshot import Identity
from core.adapters.haproxy.turns import Turns
from core.domain.route import Applied, Observation, Ports, Probe, Rejections, Route, Slot, Usage
from core.domain.target import Endpoint
from core.interfaces import Clock

log = structlog.get_logger(__name__)

AT_A_TIME: Final = 32
"""Ports that are opened, and as many that are shut; a call that waits in the API's own queue loses time there.

So that a thousand at once do not keep each other from ending, and what is shut does not wait for what is opened.
"""


class DataplaneGateway:
    """One HAProxy, through its Data Plane API of version 3 or 2; an asynchronous context manager.

    It never causes a reload, and never writes into the maps' files. Versions before 3.3.1 write each slot's address
    into ``haproxy.cfg``; the slot stays disabled there, so that a fresh HAProxy serves nobody all the same.

    Args:
        address: the API's URL, before ``/v3``.
        credentials: user and password.
        ports: the listening ports that are ours.
        clock: tells whether a deadline has passed; HAProxy looks at its own as well.
        deadline: for one call.
        settle: how long a slot may take to become what it should be; see ``SocketGateway``.
    """

    def __init__(
        self,
        address: str,
        credentials: Credentials,
        ports: Ports,
        clock: Clock,
        *,
        deadline: timedelta = timedelta(seconds=3),
        settle: timedelta = timedelta(seconds=5),
    ) -> None:
        self._api = Api(address, credentials, deadline)
        talk = Talk(self._api)
        self._doer = Doer(talk)
        self._reader = Reader(talk, self._doer)
        self._prober = Prober(talk)
        self._ports, self._clock, self._settle = ports, clock, settle
        self._turns = Turns()
        self._opening, self._shutting = asyncio.Semaphore(AT_A_TIME), asyncio.Semaphore(AT_A_TIME)

    async def __aenter__(self) -> Self:
        """Do nothing: connections are made when they are needed."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections to the API."""
        await self._api.__aexit__(kind, error, trace)

    @property
    def ports(self) -> Ports:
        """The listening ports it has slots for."""
        return self._ports

    async def identity(self) -> Identity:
        """Say which process answers, and what it runs."""
        return await self._reader.identity()

    async def folder(self) -> Path:
        """Say where the files of the configuration that it runs lie."""
        return await self._reader.folder()

    async def epoch(self) -> str:
        """Name the life of the process: drawn at random when it read its configuration."""
        return await self._reader.epoch()

    async def observe(self) -> Observation:
        """Read every slot: ours, and any other that the running configuration has."""
        snapshot = (await self._reader.whole()).snapshot
        found = {port: state.slot() for port, state in snapshot.states.items()}
        missing = {port: Slot(port) for port in self._ports.numbers() if port not in found}
        return Observation(snapshot.epoch, found | missing)

    async def apply(self, route: Route) -> Applied:
        """Make one port serve exactly this route; a port that an HAProxy with other ports than ours has will do.

        IPv6 networks among the sources are kept and read back; nobody is admitted by them (see ``slots``).
        """
        refuse_senseless(route, self._clock.now())
        async with self._turns.on(route.port), self._opening:
            applied = await self._convergence().serve(route)
        log.debug("dataplane.applied", port=route.port, endpoint=str(route.endpoint), interrupted=applied.interrupted)
        return applied

    async def close(self, port: int) -> None:
        """Shut a port and cut what is on it."""
        async with self._turns.on(port), self._shutting:
            await self._convergence().shut(port)
        log.debug("dataplane.closed", port=port)

    async def resync(self, routes: Collection[Route]) -> None:
        """Make the whole gateway serve these routes and nothing else; a senseless one is left out."""
        wanted = sensible(routes, self._clock.now())
        async with self._turns.on_all(self._ports.numbers()):
            await Resync(self._reader, self._doer, self._settle).run(wanted)

    async def usage(self, port: int) -> Usage:
        """Read a port's counters."""
        return await self._reader.usage(port)

    async def refused(self) -> Rejections:
        """Say whom it turned away, on all ports at once."""
        return await self._reader.refused()

    async def probe(self, endpoint: Endpoint) -> Probe:
        """Have HAProxy try the endpoint once, from where it stands."""
        refuse_senseless_endpoint(endpoint)
        return await self._prober.probe(endpoint)

    def _convergence(self) -> Convergence:
        return Convergence(self._reader, self._clock, self._settle)
