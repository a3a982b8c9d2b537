"""One port: make the gateway do there what the committed mapping says, and record what was achieved."""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dict
from datetime import datetime

import structlog

from core.domain import living
from core.domain.errors import GatewayError, NoSlot, NoSuchMapping, PodProxierError
from core.domain.mapping import Decision, Mapping, Reference
from core.domain.policy import Policy
from core.domain.route import Probe, Route, Usage
from core.domain.states import State
from core.interfaces import Gateway, Metrics
from core.services.transactions import Ledger, Transactions

log = structlog.get_logger(__name__)


class Overtaken(PodProxierError):
    """The mapping was decided on anew while the gateway was at work for its former state."""


class Converging:
    """Brings one port after the other in line; whoever calls sees to it that no port is worked on twice at a time.

    What it remembers of a port is of this run only, and losing it is harmless: a new run begins with a resync, which
    shuts every port that is not open in the rows.
    """

    def __init__(self, gateway: Gateway, policy: Callable[[], Policy], metrics: Metrics) -> None:
        self._gateway, self._policy, self._metrics = gateway, policy, metrics
        self._uncertain: set[int] = set()  # a grant was tried there, and not recorded
        self._interrupted: dict[int, str | None] = {}  # connections were cut there, by a restart that began this life
        self._in_force: dict[int, Route] = {}
        self._committed: dict[int, Mapping] = {}

    def begin(self, transactions: Transactions) -> None:
        """Take up the work, under another lease."""
        self._transactions = transactions
        self._interrupted.clear()
        self._in_force.clear()
        self._committed.clear()

    def resynced(self, held: Sequence[Mapping], served: Dict[int, Route] | None, epoch: str) -> Sequence[Mapping]:
        """Take note of a resync.

        Args:
            held: the mappings that hold a port.
            served: what is in force now, by port, while every other one is shut; ``None`` where it failed in parts.
            epoch: the present life of the gateway's process.

        Returns:
            The mappings for which there is more to do, or to record. Each is to be converged now, for that its route is
            in force is remembered until then.
        """
        ports = {mapping.port: mapping for mapping in held if mapping.port is not None}
        earlier = [port for port, m in ports.items() if m.baseline is not None and m.baseline.epoch != epoch]
        self._interrupted |= dict.fromkeys(earlier, epoch)
        if served is None:
            self._in_force.clear()
            self._uncertain |= ports.keys()
            return held
        more = [port for port, m in ports.items() if port not in served or self._has_news(m)]
        self._in_force = {port: served[port] for port in more if port in served}
        return [ports[port] for port in more]

    def _has_news(self, mapping: Mapping) -> bool:
        return mapping.port in self._interrupted or mapping.enforced_until != mapping.expires_at

    async def converge(self, port: int) -> bool:
        """Do what there is to do for the mapping that holds a port now; ``False`` where none does.

        Raises:
            Overtaken, LostRace: somebody decided meanwhile; the new row says what to do.
            OutsideError: the gateway or the database did not do its part.
        """
        holder = await self._holder(port)
        if holder is None:
            self._interrupted.pop(port, None)
            return False
        if holder.state is State.APPROVED:
            await self._open(holder, port)
        elif holder.state is State.OPEN:
            await self._keep(holder, port)
        else:
            await self._cut(holder, port)
        return True

    def note(self, mapping: Mapping) -> None:
        """Take note of what was committed just now for the mapping that holds a port: it need not be read again.

        Should it be out of date by the time it is used, what is achieved for it cannot be recorded (``Overtaken``), and
        the next look reads the row. For one that is open there may be nothing to record, so its row is read always.
        """
        if mapping.port is not None:
            self._committed.pop(mapping.port, None)
            if mapping.state is not State.OPEN:
                self._committed[mapping.port] = mapping

    async def _holder(self, port: int) -> Mapping | None:
        committed = self._committed.pop(port, None)
        if committed is not None:
            return committed
        try:
            return await self._transactions.read(lambda uow: uow.mappings.find(Reference(port=port)))
        except NoSuchMapping:
            return None

    # -- what there is to do ------------------------------------------------------------------------------------------

    async def _open(self, mapping: Mapping, port: int) -> None:
        if port in self._uncertain:
            await self._shut(port)  # whether it was opened is unknown, so it is closed like an open one
        if _waits(mapping) or (mapping.open_by is not None and mapping.open_by <= self._transactions.clock.now()):
            return  # a person says Retry; the timers say that its time to open has run out
        try:
            if await self._answers(mapping):
                await self._grant(mapping, port)
        except GatewayError:  # a slot that is missing too: an HAProxy with other ports may be about to be replaced
            await self._record_stall(mapping, None)
            raise

    async def _answers(self, mapping: Mapping) -> bool:
        """Try the pod, where that is wanted."""
        probe = await self._gateway.probe(mapping.endpoint) if mapping.probe else Probe.ANSWERED
        if probe is not Probe.ANSWERED:
            await self._record_stall(mapping, probe)
        return probe is Probe.ANSWERED

    async def _grant(self, mapping: Mapping, port: int) -> None:
        rule = self._policy().rule_for(mapping.target.namespace)
        begun = self._transactions.clock.now()
        until = living.end_from(begun, mapping.ttl, rule)
        self._uncertain.add(port)
        usage = (await self._gateway.apply(mapping.route(until))).usage or await self._gateway.usage(port)
        await self._record(mapping, lambda m: living.opened(m, until, usage, rule, begun))
        self._uncertain.discard(port)
        if mapping.approved_at is not None:
            self._metrics.opened((self._transactions.clock.now() - mapping.approved_at).total_seconds())
        log.info("mapping.opened", id=mapping.id, port=port, endpoint=str(mapping.endpoint), until=until.isoformat())

    async def _keep(self, mapping: Mapping, port: int) -> None:
        if mapping.expires_at is None or mapping.expires_at <= self._transactions.clock.now():
            return  # the timers bring the end
        route = mapping.route(mapping.expires_at)
        if self._in_force.pop(port, None) != route:
            try:
                applied = await self._gateway.apply(route)
            except NoSlot:
                await self._record(mapping, lambda m: living.unserved(m, self._transactions.clock.now()))
                return
            if applied.interrupted:
                self._interrupted.setdefault(port, None)
        await self._record_enforced(mapping, port, route.until)

    async def _cut(self, mapping: Mapping, port: int) -> None:
        usage = await self._shut(port)
        now = self._transactions.clock.now()
        await self._record(mapping, lambda m: living.cut(m, usage, now))
        by_gateway = living.ended_by_gateway(mapping)
        if mapping.ending is not None and not by_gateway:
            self._metrics.cut((now - mapping.ending.at).total_seconds())
        log.info("mapping.cut", id=mapping.id, port=port, by_gateway=by_gateway)

    async def _shut(self, port: int) -> Usage | None:
        """Have nobody on a port any more; returns its counters, ``None`` where the gateway has no such port."""
        try:
            await self._gateway.close(port)
            usage = await self._gateway.usage(port)
        except NoSlot:
            usage = None
        self._uncertain.discard(port)
        self._interrupted.pop(port, None)
        return usage

    # -- what was achieved --------------------------------------------------------------------------------------------

    async def _record_stall(self, mapping: Mapping, probe: Probe | None) -> None:
        await self._record(mapping, lambda m: living.stall(m, probe, self._transactions.clock.now()))

    async def _record_enforced(self, mapping: Mapping, port: int, until: datetime) -> None:
        now = self._transactions.clock.now()
        interrupted, epoch = port in self._interrupted, self._interrupted.get(port)

        def decide(current: Mapping) -> Decision | None:
            return living.enforced(current, until, now, interrupted=interrupted, restarted_as=epoch)

        if decide(mapping) is not None:
            await self._record(mapping, decide)
        self._interrupted.pop(port, None)

    async def _record(self, mapping: Mapping, decide: Callable[[Mapping], Decision | None]) -> None:
        """Commit an achievement, unless what it was achieved for has changed; then the new row is converged anew."""

        async def work(ledger: Ledger) -> None:
            current = await ledger.uow.mappings.get(mapping.id)
            if (current.state, current.endpoint, current.terms) != (mapping.state, mapping.endpoint, mapping.terms):
                raise Overtaken(f"m{mapping.id} is {current.state} by now")
            decision = decide(current)
            if decision is not None:
                await ledger.record(decision)

        await self._transactions.commit(work)


def _waits(mapping: Mapping) -> bool:
    """Whether it is a person's turn: the pod did not answer."""
    return mapping.trouble is not None and mapping.trouble.probe is not None
