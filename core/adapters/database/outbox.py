from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import BindParameter, bindparam, exists, select, update

from core.adapters.database.engine import insert_into
from core.adapters.database.statements import Row, Statement
from core.adapters.database.tables import IS_WAITING, outbox
from core.adapters.database.transaction import Transaction
from core.domain.mapping import MappingId
from core.domain.notices import Audience, Notice, Topic
from core.interfaces import Entry


def _ready() -> Statement:
    now: BindParameter[datetime] = bindparam("now")
    earlier = outbox.alias()
    held_back = exists().where(
        earlier.c.settled_at.is_(None),
        earlier.c.mapping_id == outbox.c.mapping_id,
        earlier.c.id < outbox.c.id,
        earlier.c.not_before > now,
    )
    ready = select(outbox).where(IS_WAITING, outbox.c.not_before <= now, ~held_back)
    return Statement(ready.order_by(outbox.c.id).limit(bindparam("limit")))


_READY: Final = _ready()
_OLDEST: Final = Statement(select(outbox.c.created_at).where(IS_WAITING).order_by(outbox.c.id).limit(1))
_ONE: Final = update(outbox).where(outbox.c.id == bindparam("entry"), IS_WAITING)
_SETTLE: Final = Statement(_ONE.values(settled_at=bindparam("now")))
_BURY: Final = Statement(_ONE.values(settled_at=bindparam("now"), buried=True, why=bindparam("said")))
_POSTPONE: Final = Statement(
    _ONE.values(not_before=bindparam("until"), attempts=outbox.c.attempts + 1, why=bindparam("said"))
)


@dataclass(frozen=True, slots=True)
class SqlOutbox:
    """Notices on their way."""

    transaction: Transaction

    async def waiting(self, now: datetime, limit: int = 200) -> Sequence[Entry]:
        """List what may be posted now, oldest first; what waits for its next try holds back what came later."""
        return [_entry(row) for row in await self.transaction.rows(_READY, {"now": now, "limit": limit})]

    async def done(self, ids: Collection[int], now: datetime) -> None:
        """Mark as posted, or as overtaken by what was posted."""
        if ids:
            await self.transaction.write(_SETTLE, [{"entry": entry_id, "now": now} for entry_id in ids])

    async def postpone(self, entry_id: int, until: datetime, why: str) -> None:
        """Try again later; counts an attempt."""
        await self.transaction.write(_POSTPONE, {"entry": entry_id, "until": until, "said": why})

    async def bury(self, entry_id: int, why: str, now: datetime) -> None:
        """Give up."""
        await self.transaction.write(_BURY, {"entry": entry_id, "now": now, "said": why})

    async def oldest(self) -> datetime | None:
        """When the oldest waiting entry was made."""
        rows = await self.transaction.rows(_OLDEST)
        return rows[0].created_at if rows else None


async def enqueue(transaction: Transaction, mapping_id: MappingId, notices: Sequence[Notice], now: datetime) -> None:
    """Add notices, but for those that were told of this mapping before."""
    if not notices:
        return
    values = [
        {
            "mapping_id": mapping_id,
            "key": notice.key,
            "topic": str(notice.topic),
            "audience": str(notice.audience),
            "facts": dict(notice.facts),
            "created_at": now,
            "not_before": now,
            "attempts": 0,
            "buried": False,
        }
        for notice in notices
    ]
    await transaction.write_later(_add_unless_told(transaction.backend), values)


@cache
def _add_unless_told(backend: str) -> Statement:
    return Statement(insert_into(outbox, backend).on_conflict_do_nothing())


def _entry(row: Row) -> Entry:
    return Entry(
        row.id,
        MappingId(row.mapping_id),
        Topic(row.topic),
        Audience(row.audience),
        row.facts,
        row.created_at,
        row.not_before,
        row.attempts,
    )
