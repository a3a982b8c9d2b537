"""Step three: make the gateway do what the committed mappings say. Here the whole of it, in ``converging`` one port."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Final

import structlog

from core.domain.errors import GatewayError, GatewayRefused, LostLease, LostRace, OutsideError, StillConnected
from core.domain.mapping import Mapping, WrongState
from core.domain.policy import Policy
from core.domain.route import Route
from core.domain.states import HOLDING
from core.interfaces import Gateway, Metrics
from core.services.callers import RefusedCallers
from core.services.converging import Converging, Overtaken
from core.services.live_view import LiveView
from core.services.plan import astray, routes, unfinished
from core.services.port_work import PortWork
from core.services.transactions import Transactions

log = structlog.get_logger(__name__)

EPOCH_EVERY: Final = 0.25
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
    """Converges ports, one at a time each, several at once. One process of all runs it: the holder of the lease."""

    def __init__(self, gateway: Gateway, policy: Callable[[], Policy], metrics: Metrics) -> None:
        self._gateway, self._metrics = gateway, metrics
        self._ports = Converging(gateway, policy, metrics)
        self._callers = RefusedCallers(gateway)
        self._work = PortWork(self._converge)
        self._put_off: set[int] = set()
        self._live = LiveView()
        self._observe_at = 0.0
        self._epoch: str | None = None
        self._trouble: str | None = None

    async def run(self, transactions: Transactions) -> None:
        """Converge until cancelled, or until the lease is lost.

        Raises:
            LostLease: another process converges by now.
        """
        self._transactions = transactions
        self._epoch = None
        self._observe_at = 0.0  # whoever had the lease may have been in the middle of something
        self._put_off.clear()
        self._ports.begin(transactions)
        self._callers.begin()
        async with self._work.running() as tasks:
            with transactions.bell.listening(self._look):
                tasks.create_task(self._every(COMPARE_EVERY, self._compare))
                tasks.create_task(self._every(CALLERS_EVERY, lambda: self._callers.look(transactions)))
                await self._guard()

    def _look(self, mapping: Mapping) -> None:
        self._live.note(mapping)
        if mapping.port is not None and mapping.state in HOLDING:
            self._ports.note(mapping)
            self._work.want(mapping.port)

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
            mappings = await self._holding()
            wanted = routes(mappings, self._transactions.clock.now())
            complete = await self._put_in_force(wanted)
        log.info("gateway.resynced", epoch=epoch, routes=len(wanted), complete=complete)
        served = [route for route in wanted if route.port in self._gateway.ports]  # on any other port: perhaps
        for mapping in self._ports.resynced(mappings, served if complete else None, epoch):
            self._look(mapping)
        if not complete:
            await self._observe()

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
        for port in unfinished(await self._holding(), self._transactions.clock.now()):
            self._work.want(port)

    async def _observe(self) -> None:
        """Look at everything that the gateway does; the longer that takes, the longer until the next time."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        observed = await self._gateway.observe()
        mappings = await self._holding()
        for port in astray(mappings, observed, self._transactions.clock.now()):
            self._work.want(port)
        self._observe_at = begun + (loop.time() - begun) / OBSERVE_SHARE

    async def _holding(self) -> Sequence[Mapping]:
        return [mapping for mapping in await self._live.read(self._transactions) if mapping.state in HOLDING]

    # -- one port -----------------------------------------------------------------------------------------------------

    async def _converge(self, port: int) -> None:
        try:
            await self._ports.converge(port)
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
