"""The verb of the previous service's API: open a pod now, without asking anybody, and return when it is open."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from core.domain import living
from core.domain.direct import (
    EntryBusy,
    OpenFailed,
    OpenTimedOut,
    Order,
    PodSilent,
    admit_directly,
    cut_to_longest,
    is_decided,
    is_opening,
    with_port,
)
from core.domain.errors import NoSuchMapping, PodNotFound
from core.domain.mapping import NOWHERE, Cause, Mapping, Place, Reference
from core.domain.pod import Pod
from core.domain.policy import Policy
from core.domain.port_pool import PortPool
from core.domain.refusals import NoSuchPod
from core.domain.request import Ask, near_pods
from core.domain.states import HOLDING, State
from core.domain.target import Target
from core.interfaces import Cluster, UnitOfWork
from core.services.access import Terrain, Who
from core.services.audited import Attempt, audited
from core.services.freezing import check_thawed
from core.services.quotas import check_one_more
from core.services.transactions import Ledger, Transactions
from core.services.waiting import wait_until

WITHIN: Final = timedelta(seconds=10)
"""How long whoever asks waits at the most; the previous service took as long."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of it.

    Attributes:
        replaced: what had the entry port until then.
        cut_to: the longest time there is, where more was asked for.
    """

    mapping: Mapping
    replaced: Mapping | None = None
    cut_to: timedelta | None = None


class Direct:
    """Opens pods where the policy's rule says ``v1``, on a port of their own or on the entry port.

    The entry port leads to one pod after the other. Whatever has it is closed; when nobody is left on it, it is given
    on without a rest. Those who ask here take turns, so that each has its pod before the next one takes the port; of
    two processes, the second waits for the first one's to open. A process that dies in between leaves a mapping that is
    closed, or one that opens by itself and ends at its time.
    """

    def __init__(
        self,
        transactions: Transactions,
        cluster: Cluster,
        policy: Callable[[], Policy],
        terrain: Terrain,
        port_name: str = "jprofiler-port",
        *,
        within: timedelta = WITHIN,
    ) -> None:
        if terrain.entry is None:
            raise ValueError("there is no entry port")
        self._transactions, self._cluster, self._policy = transactions, cluster, policy
        self._terrain, self._entry, self._port_name, self._within = terrain, terrain.entry, port_name, within
        self._turn = asyncio.Lock()

    async def open(self, target: Target, ttl: timedelta, who: Who, *, own_port: bool = False) -> Opened:
        """Open a pod; returns when the port is open.

        Args:
            target: without a port: the pod's one of the usual name, else of the entry port's number.
            ttl: cut to the longest that the rule gives.
            who: whoever asks; nobody is looked up.
            own_port: on a port of the mappings' range, beside all others, instead of the entry port.

        Raises:
            BadTtl: no time at all.
            Refused: the policy, or the state of the pod, does not allow it; entered into the audit.
            OpenFailed: it did not open, and was closed again.
            EntryBusy: the entry port could not be had in time.
            OutsideError: the cluster or the database does not answer.
        """
        deadline = asyncio.get_running_loop().time() + self._within.total_seconds()
        async with audited(self._transactions, Attempt("open", who.person, who.delivery, target=target)):
            order, cut_to = await self._order(target, ttl, who)
            if own_port:
                mapping = await self._transactions.commit(lambda ledger: self._take_own(order, ledger))
                return Opened(await self._opened(mapping, deadline), None, cut_to)
            async with self._in_turn(deadline):
                mapping, replaced = await self._take_entry(order, deadline)
                return Opened(await self._opened(mapping, deadline), replaced, cut_to)

    async def _order(self, target: Target, ttl: timedelta, who: Who) -> tuple[Order, timedelta | None]:
        rule = admit_directly(self._policy(), target.namespace)
        granted, cut_to = cut_to_longest(ttl, rule)
        pod = await self._pod(target)
        settled = with_port(target, pod, self._port_name, self._entry)
        place = Place(self._terrain.announce) if self._terrain.announce is not None else NOWHERE
        return Order(Ask(settled, granted), pod, place, who.person, rule), cut_to

    async def _pod(self, target: Target) -> Pod:
        try:
            return await self._cluster.pod(target.pod)
        except PodNotFound as exc:
            near = near_pods(target.name, await self._cluster.pods(target.namespace))
            raise NoSuchPod(target, near) from exc

    # -- a port -------------------------------------------------------------------------------------------------------

    async def _take_own(self, order: Order, ledger: Ledger) -> Mapping:
        now = self._transactions.clock.now()
        await check_thawed(ledger.uow)
        await self._check_one_more(order, ledger.uow, None)
        mapping = await ledger.record(order.requested(now))
        pool = PortPool(self._terrain.ports, self._terrain.rest, await ledger.uow.mappings.port_uses())
        port = pool.choose(mapping.requester, str(mapping.target), now)
        return await ledger.record(order.granted(mapping, port, now))

    @asynccontextmanager
    async def _in_turn(self, deadline: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout_at(deadline):
                await self._turn.acquire()
        except TimeoutError:
            raise EntryBusy(self._entry, None) from None
        try:
            yield
        finally:
            self._turn.release()

    async def _take_entry(self, order: Order, deadline: float) -> tuple[Mapping, Mapping | None]:
        """Have whatever holds the entry port cut, and take it; returns what took it, and what was replaced."""
        replaced: Mapping | None = None
        while True:
            found = await self._transactions.commit(lambda ledger: self._try_entry(order, ledger))
            if found.taken is not None:
                return found.taken, replaced
            if found.holder is not None:
                replaced = found.holder if found.replaced else replaced
                left = await wait_until(_gives_way, found.holder.id, self._left(deadline), self._transactions)
                if not _gives_way(left) or not self._left(deadline):
                    raise EntryBusy(self._entry, left)

    async def _try_entry(self, order: Order, ledger: Ledger) -> "_Found":
        """Take the port where nobody holds it; else have its holder leave, but for one that is just being opened."""
        now = self._transactions.clock.now()
        await check_thawed(ledger.uow)
        request = order.requested(now)  # what may not be opened takes nobody's port away
        holder = await _holder(self._entry, ledger.uow)
        await self._check_one_more(order, ledger.uow, holder)
        if holder is None:
            mapping = await ledger.record(request)
            return _Found(taken=await ledger.record(order.granted(mapping, self._entry, now)))
        if holder.state is State.CLOSING or is_opening(holder, self._within, now):
            return _Found(holder)
        return _Found(await ledger.record(order.replaces(holder, now)), replaced=True)

    async def _check_one_more(self, order: Order, uow: UnitOfWork, holder: Mapping | None) -> None:
        namespace, leaving = order.ask.target.namespace, holder.id if holder else None
        await check_one_more(order.requester, namespace, self._policy(), uow, leaving=leaving)

    # -- until it is open ---------------------------------------------------------------------------------------------

    async def _opened(self, mapping: Mapping, deadline: float) -> Mapping:
        """Wait for a mapping to open; one that does not is closed again.

        Raises:
            OpenFailed: it did not.
        """
        found = await wait_until(is_decided, mapping.id, self._left(deadline), self._transactions)
        if found.state is State.APPROVED:
            found = await self._transactions.commit(lambda ledger: self._give_up(found, ledger))
        if found.opened_at is not None:
            return found
        if found.trouble is not None and found.trouble.probe is not None:
            raise PodSilent(found)
        if found.ending is not None and found.ending.cause is Cause.OPEN_FAILED:
            raise OpenTimedOut(found, self._within)
        raise OpenFailed(found, _why(found))

    async def _give_up(self, mapping: Mapping, ledger: Ledger) -> Mapping:
        """Close what is still not open; what has opened meanwhile is left as it is."""
        current = await ledger.uow.mappings.get(mapping.id)
        if current.state is not State.APPROVED:
            return current
        return await ledger.record(living.open_failed(current, self._transactions.clock.now()))

    def _left(self, deadline: float) -> timedelta:
        return timedelta(seconds=max(deadline - asyncio.get_running_loop().time(), 0))


@dataclass(frozen=True, slots=True)
class _Found:
    """How the entry port was found: taken, or held; ``replaced`` where its holder was told to leave."""

    holder: Mapping | None = None
    taken: Mapping | None = None
    replaced: bool = False


async def _holder(port: int, uow: UnitOfWork) -> Mapping | None:
    try:
        return await uow.mappings.find(Reference(port=port))
    except NoSuchMapping:
        return None


def _gives_way(holder: Mapping) -> bool:
    """Whether there is something to be done about a holder: it has left, or it can be told to."""
    return holder.state not in HOLDING or (holder.state is not State.CLOSING and is_decided(holder))


def _why(mapping: Mapping) -> str:
    ending = mapping.ending
    return f"{ending.cause.replace('_', ' ')} meanwhile ({ending.detail or ending.by})" if ending else "it is over"
