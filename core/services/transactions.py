"""Steps one and two of every change: decide on what is there, commit all of it, and again on a lost race."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, TypeVar

import structlog

from core.domain.errors import LostRace
from core.domain.mapping import Decision, Mapping, MappingId
from core.domain.people import System
from core.domain.record import Note, Origin
from core.interfaces import Clock, Refusal, Storage, UnitOfWork

T = TypeVar("T")
_ATTEMPTS: Final = 5

log = structlog.get_logger(__name__)


class Bell:
    """Tells everybody inside the process that a mapping changed; losing a ring costs a second, nothing else."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Mapping], None]] = []

    @contextmanager
    def listening(self, listener: Callable[[Mapping], None]) -> Iterator[None]:
        """Call this for every change meanwhile; it must not block."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def ring(self, mapping: Mapping) -> None:
        """Tell them; what one of them raises is no business of whoever has just committed."""
        for listener in tuple(self._listeners):
            try:
                listener(mapping)
            except Exception:  # a defect; whoever has just committed need not suffer from it
                log.exception("bell.listener_broke", id=mapping.id)


class Ledger:
    """One transaction under way: what is recorded here rings the bell once it is committed."""

    def __init__(self, uow: UnitOfWork, origin: Origin | None = None) -> None:
        self.uow, self._origin = uow, origin
        self.recorded: dict[MappingId, Mapping] = {}

    async def record(self, decision: Decision) -> Mapping:
        """Write a decision; see ``UnitOfWork.record``."""
        if self._origin is not None and not isinstance(decision.actor, System):
            decision = replace(decision, origin=str(self._origin))
        mapping = await self.uow.record(decision)
        self.recorded[mapping.id] = mapping
        return mapping

    async def enter(self, note: Note) -> None:
        """Enter something into the record that is about no mapping."""
        await self.uow.audit.enter(replace(note, origin=note.origin or self._origin))


class Transactions:
    """The database as the services use it.

    Attributes:
        fence: of the lease under which this process converges; ``None`` for decisions that people take, which every
            process may commit.
        origin: by which door people's decisions come through it; ``None``: as the record takes it from who decides.
    """

    def __init__(
        self, storage: Storage, clock: Clock, bell: Bell, fence: int | None = None, origin: Origin | None = None
    ) -> None:
        self.storage, self.clock, self.bell, self.fence, self.origin = storage, clock, bell, fence, origin

    def fenced(self, fence: int) -> "Transactions":
        """The same, for what only the holder of the lease may write."""
        return Transactions(self.storage, self.clock, self.bell, fence)

    def by(self, origin: Origin) -> "Transactions":
        """The same, for what comes through one door."""
        return Transactions(self.storage, self.clock, self.bell, self.fence, origin)

    async def commit(self, work: Callable[[Ledger], Awaitable[T]], *, delivery: str | None = None) -> T:
        """Do the work in one transaction, again from the start on a lost race, then ring the bell.

        Args:
            work: reads, decides, and records into the ledger; may be called several times.
            delivery: key of the delivery from Slack that brought this about, entered into the inbox with it.

        Raises:
            AlreadyDelivered: the delivery was taken before.
            LostRace: five times over.
            StorageUnavailable, LostLease: nothing was written.
        """
        for attempt in range(_ATTEMPTS):
            try:
                return await self._once(work, delivery)
            except LostRace:
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def _once(self, work: Callable[[Ledger], Awaitable[T]], delivery: str | None) -> T:
        async with self.storage.unit_of_work(self.fence) as uow:
            if delivery is not None:
                await uow.take(delivery, self.clock.now())
            ledger = Ledger(uow, self.origin)
            result = await work(ledger)
            await uow.commit()
        for mapping in ledger.recorded.values():
            self.bell.ring(mapping)
        return result

    async def refuse(self, refusal: Refusal, *, delivery: str | None = None) -> None:
        """Enter a refusal into the audit.

        Raises:
            AlreadyDelivered: the delivery was taken before.
        """
        named = self.origin is not None and not isinstance(refusal.actor, System)
        said = replace(refusal, origin=str(self.origin)) if named else refusal

        async def work(ledger: Ledger) -> None:
            await ledger.uow.refuse(said)

        await self.commit(work, delivery=delivery)

    async def take(self, delivery: str | None) -> None:
        """Enter a delivery that changes nothing into the inbox.

        Raises:
            AlreadyDelivered: the delivery was taken before.
        """

        async def nothing(_: Ledger) -> None:
            """Write the inbox alone."""

        if delivery is not None:
            await self.commit(nothing, delivery=delivery)

    async def read(self, question: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Ask the database something; nothing is written."""
        async with self.storage.unit_of_work() as uow:
            return await question(uow)
