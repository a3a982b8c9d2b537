from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import bindparam, select, update

from core.adapters.database.engine import insert_into
from core.adapters.database.statements import Row, Statement
from core.adapters.database.tables import bulletins
from core.adapters.database.transaction import Transaction
from core.interfaces import Bulletin

_LATEST: Final = Statement(
    select(bulletins).where(bulletins.c.kind == bindparam("wanted")).order_by(bulletins.c.period.desc()).limit(1)
)
_WAITING: Final = Statement(
    select(bulletins)
    .where(bulletins.c.settled_at.is_(None), bulletins.c.not_before <= bindparam("now"))
    .order_by(bulletins.c.id)
)
_ONE: Final = update(bulletins).where(bulletins.c.id == bindparam("known"), bulletins.c.settled_at.is_(None))
_SETTLE: Final = Statement(_ONE.values(settled_at=bindparam("now"), why=bindparam("said")))
_POSTPONE: Final = Statement(
    _ONE.values(not_before=bindparam("until"), attempts=bulletins.c.attempts + 1, why=bindparam("said"))
)


@dataclass(frozen=True, slots=True)
class SqlBulletins:
    """Bulletins on their way."""

    transaction: Transaction

    async def latest(self, kind: str) -> Bulletin | None:
        """Read the one of the latest period."""
        rows = await self.transaction.rows(_LATEST, {"wanted": kind})
        return _from_row(rows[0]) if rows else None

    async def put(self, bulletin: Bulletin, now: datetime) -> None:
        """Write one down."""
        values = {
            "kind": bulletin.kind,
            "period": bulletin.period,
            "channel": bulletin.channel,
            "facts": dict(bulletin.facts),
            "created_at": now,
            "not_before": now,
            "attempts": 0,
        }
        await self.transaction.write(_put(self.transaction.backend), values)

    async def waiting(self, now: datetime) -> Sequence[Bulletin]:
        """List what may be posted now, oldest first."""
        return [_from_row(row) for row in await self.transaction.rows(_WAITING, {"now": now})]

    async def done(self, bulletin_id: int, now: datetime, why: str | None = None) -> None:
        """Mark as posted, or as given up."""
        await self.transaction.write(_SETTLE, {"known": bulletin_id, "now": now, "said": why})

    async def postpone(self, bulletin_id: int, until: datetime, why: str) -> None:
        """Try again later."""
        await self.transaction.write(_POSTPONE, {"known": bulletin_id, "until": until, "said": why})


@cache
def _put(backend: str) -> Statement:
    return Statement(insert_into(bulletins, backend).on_conflict_do_nothing())


def _from_row(row: Row) -> Bulletin:
    return Bulletin(row.id, row.kind, row.period, row.channel, row.facts, row.attempts)
