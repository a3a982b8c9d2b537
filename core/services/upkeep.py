"""What is taken out of the database by and by, so that it neither grows for ever nor keeps what nobody needs.

Each step is one short transaction. The entry that tells of it comes first: after a crash the rest is done under it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from core.domain.erasing import EVERYTHING, Erasure, seal_note, whole_months
from core.domain.errors import StorageUnavailable
from core.domain.notices import Facts
from core.domain.people import Actor, System
from core.domain.record import Erasable
from core.domain.verifying import Seal, write_spans
from core.interfaces import UnitOfWork
from core.services.transactions import Ledger, Transactions

log = structlog.get_logger(__name__)

LOOK_EVERY: Final = 3600.0
"""Seconds between two looks at what has become too old."""
BATCH: Final = 200
"""Rows that are taken out in one transaction: whoever approves meanwhile waits for no more."""
_MOST: Final = 100_000


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was erased: beside how many entries, and of how many mappings."""

    entries: int = 0
    mappings: int = 0


class Upkeep:
    """A duty of the engine.

    Args:
        keep_addresses: how long addresses of callers are kept.
        keep: how long everything is kept; ``None``: for ever.
    """

    def __init__(self, keep_addresses: timedelta, keep: timedelta | None) -> None:
        self._keep_addresses, self._keep = keep_addresses, keep

    async def run(self, transactions: Transactions) -> None:
        """Look again and again, until cancelled."""
        while True:
            try:
                await self.tidy(transactions)
            except StorageUnavailable as exc:
                log.warning("upkeep.storage_unavailable", message=str(exc))
            await asyncio.sleep(LOOK_EVERY)

    async def tidy(self, transactions: Transactions) -> None:
        """Take out what has become too old."""
        now = transactions.clock.now()
        addresses = Erasure(frozenset({Erasable.ADDRESSES}), before=_midnight(now - self._keep_addresses))
        await erase(addresses, transactions, System.TIMER)
        if self._keep is not None:
            await retain(now - self._keep, transactions)


async def erase(erasure: Erasure, transactions: Transactions, actor: Actor, login: str | None = None) -> Erased:
    """Erase, in the record and of mappings that are over; one entry tells of it, where there was anything to erase.

    Args:
        erasure: what.
        transactions: the database.
        actor: who does it.
        login: who that is on their machine; stands beside the entry.
    """
    if erasure.person is not None:
        return await transactions.commit(partial(_erase_person, erasure, actor, login, transactions.clock.now()))
    first = await transactions.commit(partial(_erase_first, erasure, actor, login, transactions.clock.now()))
    if first == Erased():
        return first
    entries = await _while_there_is_more(transactions, lambda uow: _count(uow.upkeep.erase(erasure, BATCH)))
    mappings = await _while_there_is_more(transactions, lambda uow: uow.upkeep.scrub(erasure, BATCH))
    log.info("record.erased", entries=first.entries + entries, mappings=first.mappings + mappings)
    return Erased(first.entries + entries, first.mappings + mappings)


async def retain(before: datetime, transactions: Transactions) -> None:
    """Remove what is older: of the record, whole months only, and the words and addresses of mappings."""
    seal = await transactions.commit(partial(_seal, whole_months(before), transactions.clock.now()))
    if seal is not None:
        log.info("record.sealed", up_to=seal.up_to, hash=seal.hash)
    await _while_there_is_more(transactions, lambda uow: uow.upkeep.remove(BATCH))
    everything = Erasure(EVERYTHING, before)
    await _while_there_is_more(transactions, lambda uow: uow.upkeep.scrub(everything, BATCH))
    await _while_there_is_more(transactions, lambda uow: uow.upkeep.forget(before, BATCH))


async def _erase_person(erasure: Erasure, actor: Actor, login: str | None, now: datetime, ledger: Ledger) -> Erased:
    uow = ledger.uow
    ids = await uow.upkeep.erase(erasure, _MOST)
    mappings = await uow.upkeep.scrub(erasure, _MOST)
    if ids or mappings:
        more: Facts = {"ids": write_spans(ids), "mappings": mappings, "login": login}
        await uow.audit.enter(erasure.note(now, actor, more))
    return Erased(len(ids), mappings)


async def _erase_first(erasure: Erasure, actor: Actor, login: str | None, now: datetime, ledger: Ledger) -> Erased:
    uow = ledger.uow
    erased = Erased(len(await uow.upkeep.erase(erasure, BATCH)), await uow.upkeep.scrub(erasure, BATCH))
    if erased != Erased():
        await uow.audit.enter(erasure.note(now, actor, {"login": login}))
    return erased


async def _seal(before: datetime, now: datetime, ledger: Ledger) -> Seal | None:
    seal = await ledger.uow.upkeep.end_before(before)
    if seal is not None:
        await ledger.uow.audit.enter(seal_note(seal, now, System.TIMER))
        await ledger.uow.upkeep.seal(seal, now)
    return seal


async def _while_there_is_more(transactions: Transactions, step: Callable[[UnitOfWork], Awaitable[int]]) -> int:
    """Take one step after the other until one has nothing to do; returns how much was done."""

    async def once(ledger: Ledger) -> int:
        return await step(ledger.uow)

    done = 0
    while more := await transactions.commit(once):
        done += more
        await asyncio.sleep(0)  # others want their turn
    return done


async def _count(found: Awaitable[Sequence[int]]) -> int:
    return len(await found)


def _midnight(moment: datetime) -> datetime:
    """Begin of the day: so that one entry a day is made of it, not one an hour."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
