"""Step three: make the gateway do what the committed mappings say, and record what was achieved."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import structlog

from core.domain import living
from core.domain.errors import GatewayError, LostRace, NoSuchMapping, OutsideError, PodProxierError
from core.domain.living import Cut
from core.domain.mapping import Cause, Decision, Mapping, Reference, WrongState
from core.domain.policy import Policy
from core.domain.route import Probe
from core.domain.states import HOLDING, State
from core.interfaces import Gateway, Metrics
from core.services.plan import astray, routes
from core.services.port_work import PortWork
from core.services.transactions import Ledger, Transactions

log = structlog.get_logger(__name__)

EPOCH_EVERY: Final = 0.25
"""Seconds between two looks at whether the gateway has restarted."""
OBSERVE_EVERY: Final = 10.0
"""Seconds between two comparisons of the whole."""
RETRY_AFTER: Final = 1.0
"""Seconds before a port that failed is tried again, once the gateway answers."""
_LATE: Final = timedelta(seconds=2)


class Overtaken(PodProxierError):
    """The mapping was decided on anew while the gateway was at work for its former state."""


class Reconciler:
    """Converges ports, one at a time each, several at once. One process of all runs it: the holder of the lease."""

    def __init__(self, gateway: Gateway, policy: Callable[[], Policy], metrics: Metrics) -> None:
        self._gateway, self._policy, self._metrics = gateway, policy, metrics
        self._work = PortWork(self._converge_safely)
        self._unfinished: set[int] = set()
        self._epoch: str | None = None
        self._reachable = True

    async def run(self, transactions: Transactions) -> None:
        """Converge until cancelled, or until the lease is lost.

        Raises:
            LostLease: another process converges by now.
        """
        self._transactions = transactions
        self._epoch = None
        async with self._work.running() as tasks:
            with transactions.bell.listening(self._look):
                tasks.create_task(self._observe_now_and_then())
                await self._guard()

    def _look(self, mapping: Mapping) -> None:
        if mapping.port is not None and mapping.state in HOLDING:
            self._work.want(mapping.port)

    # -- the whole gateway --------------------------------------------------------------------------------------------

    async def _guard(self) -> None:
        waited = 0.0
        while True:
            waited += EPOCH_EVERY
            if await self._epoch_is_known() and waited >= RETRY_AFTER:
                waited = 0.0
                for port in tuple(self._unfinished):
                    self._work.want(port)
            await asyncio.sleep(EPOCH_EVERY)

    async def _epoch_is_known(self) -> bool:
        """Look whether the gateway has restarted, and bring everything back then; ``False`` while it is away."""
        try:
            epoch = await self._gateway.epoch()
            if epoch != self._epoch:
                async with self._work.alone():
                    await self._resync(epoch)
                self._epoch = epoch
        except OutsideError as exc:
            self._failed(exc)
            return False
        if not self._reachable:
            log.info("gateway.back", epoch=epoch)
        self._reachable = True
        return True

    async def _resync(self, epoch: str) -> None:
        mappings = await self._holding()
        now = self._transactions.clock.now()
        wanted = routes(mappings, now)
        await self._gateway.resync(wanted)
        log.info("gateway.resynced", epoch=epoch, routes=len(wanted))
        served = {route.port for route in wanted}
        for mapping in mappings:
            if mapping.port in served:
                await self._note_resync(mapping, epoch)
            else:
                self._look(mapping)

    async def _note_resync(self, mapping: Mapping, epoch: str) -> None:
        """Record what a resync changed for one mapping: a new end in force, or a new life of the gateway's process."""
        restarted = mapping.baseline is not None and mapping.baseline.epoch != epoch
        await self._record_enforced(mapping, interrupted=restarted, restarted_as=epoch if restarted else None)

    async def _observe_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(OBSERVE_EVERY)
            try:
                observed = await self._gateway.observe()
                mappings = await self._holding()
            except OutsideError as exc:
                self._failed(exc)
                continue
            for port in astray(mappings, observed, self._transactions.clock.now()):
                self._work.want(port)

    async def _holding(self) -> Sequence[Mapping]:
        live = await self._transactions.read(lambda uow: uow.mappings.live())
        return [mapping for mapping in live if mapping.state in HOLDING]

    # -- one port -----------------------------------------------------------------------------------------------------

    async def _converge_safely(self, port: int) -> None:
        try:
            await self._converge(port)
            self._unfinished.discard(port)
        except (LostRace, WrongState, Overtaken):
            self._work.want(port)  # somebody decided meanwhile; the new row says what to do
        except OutsideError as exc:
            self._unfinished.add(port)
            self._failed(exc, port)

    async def _converge(self, port: int) -> None:
        holder = await self._holder(port)
        if holder is None:
            await self._gateway.close(port)
            return
        match holder.state:
            case State.APPROVED:
                await self._open(holder, port)
            case State.OPEN:
                await self._keep(holder)
            case _:
                await self._cut(holder, port)

    async def _holder(self, port: int) -> Mapping | None:
        try:
            return await self._transactions.read(lambda uow: uow.mappings.find(Reference(port=port)))
        except NoSuchMapping:
            return None

    async def _open(self, mapping: Mapping, port: int) -> None:
        if mapping.trouble is not None and mapping.trouble.probe is not None:
            return  # a person says Retry, or the time to open runs out
        try:
            if mapping.probe:
                probe = await self._gateway.probe(mapping.endpoint)
                if probe is not Probe.ANSWERED:
                    await self._record_stall(mapping, probe)
                    return
            usage = await self._gateway.usage(port)
            until = living.end_from(self._transactions.clock.now(), mapping.ttl)
            await self._gateway.apply(mapping.route(until))
        except GatewayError:
            await self._record_stall(mapping, None)
            raise
        now = self._transactions.clock.now()
        rule = self._policy().rule_for(mapping.target.namespace)
        await self._record(mapping, lambda m: living.opened(m, until, usage, rule, now))
        if mapping.approved_at is not None:
            self._metrics.opened((now - mapping.approved_at).total_seconds())
        log.info("mapping.opened", id=mapping.id, port=port, endpoint=str(mapping.endpoint), until=until.isoformat())

    async def _keep(self, mapping: Mapping) -> None:
        if mapping.expires_at is None or mapping.expires_at <= self._transactions.clock.now():
            return  # the timers bring the end
        applied = await self._gateway.apply(mapping.route(mapping.expires_at))
        await self._record_enforced(mapping, interrupted=applied.interrupted)

    async def _cut(self, mapping: Mapping, port: int) -> None:
        by_gateway = await self._ended_by_gateway(mapping, port)
        await self._gateway.close(port)
        usage = await self._gateway.usage(port)
        now = self._transactions.clock.now()
        await self._record(mapping, lambda m: living.cut(m, Cut(usage, by_gateway), now))
        if mapping.ending is not None and not by_gateway:
            self._metrics.cut((now - mapping.ending.at).total_seconds())
        log.info("mapping.cut", id=mapping.id, port=port, by_gateway=by_gateway)

    async def _ended_by_gateway(self, mapping: Mapping, port: int) -> bool:
        """Whether the gateway ended a mapping by its own deadline while nobody was there to do it."""
        ending = mapping.ending
        if ending is None or ending.cause is not Cause.EXPIRED or self._transactions.clock.now() - ending.at < _LATE:
            return False
        slot = (await self._gateway.observe()).slots[port]
        return slot.address is None and slot.sessions == 0

    # -- what was achieved --------------------------------------------------------------------------------------------

    async def _record_stall(self, mapping: Mapping, probe: Probe | None) -> None:
        await self._record(mapping, lambda m: living.stall(m, probe, self._transactions.clock.now()))

    async def _record_enforced(self, mapping: Mapping, *, interrupted: bool, restarted_as: str | None = None) -> None:
        until, now = mapping.expires_at, self._transactions.clock.now()
        if until is None or living.enforced(mapping, until, now, interrupted=interrupted) is None:
            return
        await self._record(
            mapping, lambda m: living.enforced(m, until, now, interrupted=interrupted, restarted_as=restarted_as)
        )

    async def _record(self, mapping: Mapping, decide: Callable[[Mapping], Decision | None]) -> None:
        """Commit an achievement on the very version it was achieved for; a newer one is converged anew."""

        async def work(ledger: Ledger) -> None:
            current = await ledger.uow.mappings.get(mapping.id)
            if (current.state, current.endpoint, current.terms) != (mapping.state, mapping.endpoint, mapping.terms):
                raise Overtaken(f"m{mapping.id} is {current.state} by now")
            decision = decide(current)
            if decision is not None:
                await ledger.record(decision)

        await self._transactions.commit(work)

    def _failed(self, exc: OutsideError, port: int | None = None) -> None:
        if isinstance(exc, GatewayError):
            self._metrics.gateway_error(type(exc).__name__)
        if self._reachable or port is not None:
            log.warning("gateway.failed", error=type(exc).__name__, message=str(exc), port=port)
        self._reachable = False
