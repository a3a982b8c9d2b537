"""What is told of no single mapping: the head of the record every day, a digest every week.

Each is written down, with all that it will say, before anybody posts it; the same one is never written down twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Final

from core.domain.digest import WEEK, digest, to_facts, week_before
from core.domain.mapping import Mapping, MappingId
from core.domain.notices import Facts
from core.domain.record import AuditEntry
from core.domain.states import Event
from core.interfaces import Bulletin, UnitOfWork, Wanted
from core.services.transactions import Ledger, Transactions

_PAGE: Final = 500


class BulletinKind(StrEnum):
    """What a bulletin is about."""

    HEAD = "head"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Bulletins:
    """Writes down what is due.

    Attributes:
        head: the channel of the daily head; ``None``: none is told.
        digest: same, of the weekly digest.
    """

    head: str | None = None
    digest: str | None = None

    async def write_due(self, transactions: Transactions) -> None:
        """Write down what is due and not there yet."""
        now = transactions.clock.now()
        if self.head is not None:
            await transactions.commit(partial(_write_head, self.head, now))
        if self.digest is not None:
            await _write_digest(self.digest, now, transactions)


async def _write_head(channel: str, now: datetime, ledger: Ledger) -> None:
    period = now.astimezone(UTC).date().isoformat()
    if not await _is_due(BulletinKind.HEAD, period, ledger.uow):
        return
    for last in await ledger.uow.audit.latest(1):
        facts: Facts = {"id": last.id, "hash": last.hash, "at": int(now.timestamp())}
        await ledger.uow.bulletins.put(Bulletin(0, BulletinKind.HEAD, period, channel, facts), now)


async def _write_digest(channel: str, now: datetime, transactions: Transactions) -> None:
    monday = week_before(now)
    period = monday.date().isoformat()
    if not await transactions.read(partial(_is_due, BulletinKind.DIGEST, period)):
        return
    entries = await _entries(Wanted(since=monday, until=monday + WEEK), transactions)
    ids = {e.mapping_id for e in entries if e.event == Event.OPENED and e.mapping_id is not None}
    mappings = await transactions.read(partial(_mappings, sorted(ids)))
    facts = to_facts(digest(monday, entries, mappings))
    bulletin = Bulletin(0, BulletinKind.DIGEST, period, channel, facts)
    await transactions.commit(lambda ledger: ledger.uow.bulletins.put(bulletin, now))


async def _is_due(kind: BulletinKind, period: str, uow: UnitOfWork) -> bool:
    latest = await uow.bulletins.latest(kind)
    return latest is None or latest.period < period


async def _entries(wanted: Wanted, transactions: Transactions) -> list[AuditEntry]:
    found, after = list[AuditEntry](), 0
    while page := await transactions.read(partial(_page, wanted, after)):
        found += page
        after = page[-1].id
    return found


async def _page(wanted: Wanted, after: int, uow: UnitOfWork) -> Sequence[AuditEntry]:
    return await uow.audit.search(wanted, after, _PAGE)


async def _mappings(ids: Sequence[MappingId], uow: UnitOfWork) -> list[Mapping]:
    return [await uow.mappings.get(mapping_id) for mapping_id in ids]
