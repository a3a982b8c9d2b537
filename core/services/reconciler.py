"""Step three: make the gateway do what the committed rows say. Here the whole of it, in ``holders`` single ports."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import ExitStack, suppress
from typing import Final

import structlog

from core.domain.errors import GatewayError, GatewayRefused, LostLease, LostRace, NoSlot, OutsideError, StillConnected
from core.domain.mapping import WrongState
from core.domain.policy import Policy
from core.domain.route import Route
from core.interfaces import Gateway, Metrics
from core.services.bulk import Bulk
from core.services.callers import RefusedCallers
from core.services.converging import Overtaken
from core.services.holders import Holders, Reading
from core.services.mapping_ports import MappingPorts
from core.services.plan import Claims, astray
from core.services.port_work import PortWork
from core.services.service_ports import ServicePorts
from core.services.transactions import Transactions

log = structlog.get_logger(__name__)

EPOCH_EVERY: Final = 0.4
"""Seconds between two looks at whether the gateway has restarted."""
RETRY_AFTER: Final = 1.0
"""Seconds before a port that failed is tried again, once the gateway answers."""
CALLERS_EVERY: Final = 3.0
"""Seconds between two looks at whom the gateway turned away."""
COMPARE_EVERY: Final = 10.0
"""Seconds between two looks at what the rows say is left to do."""
OBSERVE_SHARE: Final = 0.001
"""Of the time, at the most, for looking at everything that the gateway does; a thousand ports take half a second."""


class Reconciler:
    """Converges ports, one at a time each, several at once. One process of all runs it: the holder of the lease.

    Args:
        services: where Services have ports as well.
    """

    def __init__(
        self, gateway: Gateway, policy: Callable[[], Policy], metrics: Metrics, services: ServicePorts | None = None
    ) -> None:
        self._gateway, self._metrics = gateway, metrics
        self._holders: tuple[Holders, ...] = (MappingPorts(gateway, policy, metrics), *([services] if services else []))
        self._callers = RefusedCallers(gateway)
        self._work = PortWork(self._converge, services.crowd if services else None)
        self._bulk = Bulk(self._work.want, self._in_bulk)
        self._put_off: set[int] = set()
        self._observe_at = 0.0
        self._epoch: str | None = None
        self._trouble: str | None = None

    async def run(self, transactions: Transactions) -> None:
        """Converge until cancelled, or until the lease is lost.

        Raises:
            LostLease: another process converges by now.
        """
        self._epoch = None
        self._observe_at = 0.0  # whoever had the lease may have been in the middle of something
        self._put_off.clear()
        self._callers.begin()
        for holders in self._holders:
            await holders.begin(transactions)
        async with self._work.running() as tasks:
            with ExitStack() as awake:
                tasks.create_task(self._bulk.run())
                for holders in self._holders:
                    awake.enter_context(holders.waking(self._bulk.want if holders.crowd else self._work.want))
                tasks.create_task(self._every(COMPARE_EVERY, self._compare))
                tasks.create_task(self._every(CALLERS_EVERY, lambda: self._callers.look(transactions)))
                await self._guard()

    async def _every(self, seconds: float, do: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await do()
            except LostRace:
                continue  # the next look is as good
            except OutsideError as exc:
                self._failed(exc)

    # -- the life of the gateway --------------------------------------------------------------------------------------

    async def _guard(self) -> None:
        waited = 0.0
        while True:
            waited += EPOCH_EVERY
            if await self._is_known() and waited >= RETRY_AFTER:
                waited = 0.0
                for port in tuple(self._put_off):
                    self._work.want(port)
            await asyncio.sleep(EPOCH_EVERY)

    async def _is_known(self) -> bool:
        """Look whether the gateway has restarted, and bring everything back then; ``False`` while it is away."""
        try:
            epoch = await self._gateway.epoch()
            if epoch != self._epoch:
                await self._resync(epoch)
                self._epoch = epoch
        except OutsideError as exc:
            self._failed(exc)
            return False
        if self._trouble is not None:
            log.info("gateway.back", epoch=epoch, after=self._trouble)
        self._trouble = None
        return True

    async def _resync(self, epoch: str) -> None:
        async with self._work.alone():
            readings = await self._read()
            wanted = _all_claims(readings).routes
            complete = await self._put_in_force(wanted)
        log.info("gateway.resynced", epoch=epoch, routes=len(wanted), complete=complete)
        served = {route.port: route for route in wanted if route.port in self._gateway.ports}  # any other one: perhaps
        for reading in readings:
            for port in reading.resynced(served if complete else None, epoch):
                self._work.want(port)
        if not complete:
            await self._observe()

    async def _in_bulk(self) -> bool:
        """Have the gateway do everything at once, for much has changed; ``False``: not before it is known."""
        if self._epoch is None:
            return False
        try:
            await self._resync(self._epoch)
        except OutsideError as exc:
            self._failed(exc)
            return False
        return True

    async def _put_in_force(self, wanted: Collection[Route]) -> bool:
        """Resync; ``False`` where single ports do not do as they are told, so that each is to be looked at."""
        try:
            await self._gateway.resync(wanted)
        except (StillConnected, GatewayRefused) as exc:
            log.warning("gateway.resync_incomplete", error=type(exc).__name__, message=str(exc))
            self._metrics.gateway_error(type(exc).__name__)
            return False
        return True

    async def _compare(self) -> None:
        """Have every port worked on where the rows say so, and now and then where the gateway does something else."""
        if asyncio.get_running_loop().time() >= self._observe_at:
            await self._observe()
            return
        for port in _all_claims(await self._read()).unfinished:
            self._work.want(port)

    async def _observe(self) -> None:
        """Look at everything that the gateway does; the longer that takes, the longer until the next time."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        observed = await self._gateway.observe()
        for port in astray(_all_claims(await self._read()), observed):
            self._work.want(port)
        self._observe_at = begun + (loop.time() - begun) / OBSERVE_SHARE

    async def _read(self) -> list[Reading]:
        """Ask all holders; those who come first have what others claim as well."""
        readings: list[Reading] = []
        for holders in self._holders:
            readings.append(await holders.read(_all_claims(readings).held))
        return readings

    # -- one port -----------------------------------------------------------------------------------------------------

    async def _converge(self, port: int) -> None:
        try:
            await self._bring_in_line(port)
            self._put_off.discard(port)
        except (LostRace, WrongState, Overtaken):
            self._work.want(port)  # somebody decided meanwhile; the new row says what to do
        except OutsideError as exc:
            if port not in self._put_off:
                log.warning("port.put_off", port=port, error=type(exc).__name__, message=str(exc))
            self._put_off.add(port)
            self._count(exc)
        except LostLease:
            raise
        except Exception:  # a defect that one port meets must not keep the others from being opened and cut
            if port not in self._put_off:
                log.exception("port.broke", port=port)
            self._put_off.add(port)

    async def _bring_in_line(self, port: int) -> None:
        """Have whoever holds a port see to it, or shut it; the last are asked first, for they know without looking."""
        for holders in reversed(self._holders):
            if await holders.converge(port):
                return
        with suppress(NoSlot):
            await self._gateway.close(port)

    # -- failures -----------------------------------------------------------------------------------------------------

    def _failed(self, exc: OutsideError) -> None:
        """Count it; the log has the first one of several alike."""
        self._count(exc)
        kind = type(exc).__name__
        if kind != self._trouble:
            event = "gateway.failed" if isinstance(exc, GatewayError) else "reconciler.failed"
            log.warning(event, error=kind, message=str(exc))
        self._trouble = kind

    def _count(self, exc: OutsideError) -> None:
        if isinstance(exc, GatewayError):
            self._metrics.gateway_error(type(exc).__name__)


def _all_claims(readings: Collection[Reading]) -> Claims:
    claims = Claims()
    for reading in readings:
        claims = reading.claims | claims
    return claims
