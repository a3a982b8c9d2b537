"""Services, as holders of standing ports."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import structlog

from core.domain.errors import GatewayRefused, NoSlot
from core.domain.route import Route
from core.domain.standing import Grounds, StandingPort, given_back
from core.interfaces import Gateway
from core.services.holders import Reading
from core.services.plan import claims_of_services
from core.services.port_work import Crowd
from core.services.standing_rows import StandingRows
from core.services.transactions import Transactions

log = structlog.get_logger(__name__)


class ServicePorts:
    """Has the gateway serve every standing port, and gives back those that leave. Implements ``Holders``.

    A port that somebody was granted otherwise, before these became the Services' ports, is left to them.

    Attributes:
        crowd: the ports that are theirs, and how many are worked on at the same time.
        missing: ports that the gateway has no slot for, as far as it was asked.
    """

    def __init__(self, gateway: Gateway, rows: StandingRows, grounds: Grounds, at_once: int) -> None:
        self._gateway, self._rows, self._grounds = gateway, rows, grounds
        self.crowd = Crowd(grounds.ports, at_once)
        self._taken: frozenset[int] = frozenset()
        self._held_shut = False
        self._want: Callable[[int], None] = lambda _: None
        self._left: set[int] = set()  # a resync has shut them
        self._epoch = ""
        self.missing: set[int] = set()

    async def begin(self, transactions: Transactions) -> None:
        """Take up the work, under another lease."""
        self._transactions = transactions
        await self._rows.begin()

    @contextmanager
    def waking(self, want: Callable[[int], None]) -> Iterator[None]:
        """Have a port looked at whenever its row changes; one whose row has gone was shut before that.

        All of them are looked at when they are to be held shut, and when that is over.
        """

        def look(port: int) -> None:
            if self._rows.get(port) is not None:
                want(port)

        self._want = want
        with self._rows.listening(look):
            yield

    def hold_shut(self, shut: bool) -> None:  # noqa: FBT001 - the one thing that it is told
        """Keep every port shut for as long as everything is frozen; each Service keeps its own."""
        if shut is not self._held_shut:
            self._held_shut = shut
            log.info("standing.held_shut" if shut else "standing.served_again", ports=len(self._rows.ports))
            for port in self._rows.ports:
                self._want(port)

    async def read(self, taken: frozenset[int]) -> Reading:
        """Say what the Services ask for."""
        self._taken = taken
        rows = await self._rows.read(self._transactions)
        self._held_shut = await self._transactions.read(lambda uow: uow.freezes.current()) is not None
        claims = claims_of_services(rows.values(), self._grounds)
        return Reading(replace(claims, routes=()) if self._held_shut else claims, partial(self._resynced, rows))

    def _resynced(
        self, rows: Mapping[int, StandingPort], served: Mapping[int, Route] | None, epoch: str
    ) -> Iterator[int]:
        """Those that leave are to be given back; where the resync failed in parts, each is to be looked at."""
        if epoch != self._epoch:
            self.missing.clear()
        self._epoch = epoch
        leaving = {port for port, row in rows.items() if row.leaving}
        self._left = leaving if served is not None else set()
        return iter(sorted(leaving if served is not None else rows))

    async def converge(self, port: int) -> bool:
        """Do what there is to do for the Service that has a port; ``False`` where it is none of theirs."""
        row = self._rows.get(port)
        if row is None:
            return False
        elsewhere = port in self._taken
        if row.leaving:
            await self._give_back(row, closed=elsewhere)
            return port in self._grounds.ports and not elsewhere
        if not elsewhere:
            await self._serve(row)
        return not elsewhere

    async def _serve(self, row: StandingPort) -> None:
        if row.port in self.missing:
            return
        route = None if self._held_shut else self._grounds.route(row)
        self._left.discard(row.port)
        try:
            if route is None:
                await self._gateway.close(row.port)
            else:
                await self._lead(route)
        except NoSlot as exc:
            self._miss(row, exc)

    async def _lead(self, route: Route) -> None:
        """Lead a port somewhere; where that is refused, not to where it led before either."""
        try:
            await self._gateway.apply(route)
        except NoSlot:
            raise
        except GatewayRefused:
            await self._gateway.close(route.port)
            raise

    def _miss(self, row: StandingPort, exc: NoSlot) -> None:
        """Leave it until the gateway has read another configuration: it cannot get a slot before."""
        log.warning("standing.no_slot", service=str(row.service), port=row.port, message=str(exc))
        self.missing.add(row.port)

    async def _give_back(self, row: StandingPort, *, closed: bool) -> None:
        """Have nobody on a port any more, and let it go, unless the Service has come back meanwhile."""
        if not closed and row.port not in self._left:
            try:
                await self._gateway.close(row.port)
            except NoSlot:
                log.debug("standing.no_slot", service=str(row.service), port=row.port)  # then nobody can be on it
        self.missing.discard(row.port)
        self._left.discard(row.port)
        gone = given_back(row, self._transactions.clock.now())
        changes = await self._rows.commit(lambda rows: [gone] if rows.get(row.port) == row else [], self._transactions)
        if changes:
            log.info("standing.given_back", **gone.facts)
