"""Standing ports: every Service that the cluster shows has one, and keeps it for as long as it is there."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from core.domain.errors import LostRace, StorageUnavailable
from core.domain.service import Catalogue, ServiceRef
from core.domain.standing import Change, Grounds, Plan, StandingEvent, StandingPort, plan
from core.domain.target import Endpoint
from core.interfaces import Metrics, Services, UnitOfWork
from core.services.standing_rows import StandingRows
from core.services.transactions import Transactions

log = structlog.get_logger(__name__)

AGAIN_AFTER: Final = 0.5
"""Seconds before what could not be committed is planned anew."""
LOOK_EVERY: Final = 10.0
"""Seconds between two looks, whatever happens; all of it is at hand."""
_LOGGED: Final = {
    StandingEvent.GRANTED: "standing.granted",
    StandingEvent.MOVED: "standing.moved",
    StandingEvent.LEAVING: "standing.leaving",
}
_NAMED: Final = 3
"""Of the Services without a port, so many are named in the log."""


@dataclass(frozen=True, slots=True)
class Status:
    """How it stands with the standing ports.

    Attributes:
        without: Services for which no port is free.
        unread: allowed namespaces that the cluster has not told of yet.
        trouble: why the last plan could not be committed; "" where it was.
    """

    without: tuple[ServiceRef, ...] = ()
    unread: tuple[str, ...] = ()
    trouble: str = ""


class Standing:
    """Follows the Services of the allowed namespaces, and writes down which has which port; a duty of the engine.

    What is written wakes the reconciler, which has the gateway do it, and takes out the rows of those who left.

    Args:
        port_name: of the Services' port that is led to.
        batch: changes that are committed together, at most.

    Attributes:
        status: ``None`` where another process does this.
    """

    def __init__(
        self,
        services: Services,
        rows: StandingRows,
        grounds: Grounds,
        metrics: Metrics,
        *,
        port_name: str,
        batch: int,
    ) -> None:
        self._services, self._rows, self._grounds, self._metrics = services, rows, grounds, metrics
        self._port_name, self._batch = port_name, batch
        self._catalogue = Catalogue()
        self._taken: frozenset[int] = frozenset()
        self.status: Status | None = None

    async def run(self, transactions: Transactions) -> None:
        """Follow until cancelled, or until the lease is lost.

        Raises:
            LostLease: another process does this by now.
        """
        self._catalogue, self._news = Catalogue(), asyncio.Event()
        kept = _led_to(await self._rows.read(transactions))
        self._services.follow_services(self._grounds.namespaces, self._port_name, kept)
        try:
            self._taken = await transactions.read(self._held_by_mappings)
            self.status = Status(unread=tuple(sorted(self._grounds.namespaces)))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._watch())
                with self._rows.listening(lambda _: self._news.set()):
                    await self._keep_up(transactions)
        finally:
            self.status = None

    async def _watch(self) -> None:
        async for catalogue in self._services.catalogues():
            self._catalogue = catalogue
            self._news.set()

    async def _keep_up(self, transactions: Transactions) -> None:
        while True:
            self._news.clear()
            try:
                await self._bring_about(transactions)
            except (LostRace, StorageUnavailable) as exc:
                self._failed(exc)
                await asyncio.sleep(AGAIN_AFTER)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._news.wait()

    async def _bring_about(self, transactions: Transactions) -> None:
        """Plan, and commit one batch after the other, each planned on what there is by then."""
        if self._taken:
            self._taken = await transactions.read(self._held_by_mappings)
        while True:
            made: list[Plan] = []

            def decide(rows: Mapping[int, StandingPort]) -> Sequence[Change]:
                found = plan(self._catalogue, rows.values(), self._grounds, self._taken, transactions.clock.now())
                made.append(found)  # noqa: B023 - it is called within this round only
                return found.changes[: self._batch]

            changes = await self._rows.commit(decide, transactions)
            self._tell(changes)
            if len(changes) == len(made[-1].changes):
                break
        self._sum_up(made[-1], await self._rows.read(transactions))

    async def _held_by_mappings(self, uow: UnitOfWork) -> frozenset[int]:
        """Ports of ours that mappings hold: they were granted them before the settings gave these to Services."""
        held = {use.port for use in await uow.mappings.port_uses() if use.released is None}
        return frozenset(port for port in held if port in self._grounds.ports)

    # -- what is told -------------------------------------------------------------------------------------------------

    def _tell(self, changes: Sequence[Change]) -> None:
        for change in changes:
            log.info(_LOGGED[change.event], **change.facts)
            if change.event is StandingEvent.MOVED:
                self._metrics.standing_moved()

    def _sum_up(self, found: Plan, rows: Mapping[int, StandingPort]) -> None:
        before = self.status.without if self.status else ()
        if found.without and found.without != before:
            named = ", ".join(map(str, found.without[:_NAMED]))
            log.warning("standing.range_full", ports=str(self._grounds.ports), without=len(found.without), first=named)
        elif before and not found.without:
            log.info("standing.range_has_room", ports=str(self._grounds.ports))
        self._metrics.standing(sum(not row.leaving for row in rows.values()), len(found.without))
        self.status = Status(found.without, tuple(sorted(self._grounds.namespaces - self._catalogue.known)))

    def _failed(self, exc: Exception) -> None:
        log.warning("standing.put_off", error=type(exc).__name__, message=str(exc))
        status = self.status or Status()
        self.status = Status(status.without, status.unread, str(exc))


def _led_to(rows: Mapping[int, StandingPort]) -> dict[ServiceRef, Endpoint]:
    """Where headless Services lead: the cluster alone would choose anew among their pods, and cut who is connected."""
    return {row.service: row.endpoint for row in rows.values() if row.headless and row.endpoint and not row.leaving}
