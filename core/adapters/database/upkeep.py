from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import ColumnElement, bindparam, delete, exists, or_, select, update

from core.adapters.database.rows import from_row, to_row
from core.adapters.database.statements import Statement
from core.adapters.database.tables import audit, audit_details, audit_seals, mappings, one_of, outbox, posts
from core.adapters.database.transaction import Transaction
from core.domain.erasing import Erasure, without
from core.domain.record import Erasable
from core.domain.states import LIVE, State
from core.domain.verifying import Seal

_IS_OVER: Final = one_of(frozenset(State) - LIVE)
_DELETE_BESIDE: Final = Statement(
    delete(audit_details).where(audit_details.c.entry_id == bindparam("gone"), audit_details.c.kind == bindparam("of"))
)
_DELETE_ALL_BESIDE: Final = Statement(delete(audit_details).where(audit_details.c.entry_id == bindparam("gone")))
_DELETE_ENTRY: Final = Statement(delete(audit).where(audit.c.id == bindparam("gone")))
_SEAL: Final = Statement(select(audit_seals).order_by(audit_seals.c.up_to.desc()).limit(1))
_PUT_SEAL: Final = Statement(audit_seals.insert())
_FIRST_SINCE: Final = Statement(
    select(audit.c.id).where(audit.c.at >= bindparam("moment")).order_by(audit.c.id).limit(1)
)
_AT_OR_BELOW: Final = Statement(
    select(audit.c.id, audit.c.hash).where(audit.c.id < bindparam("below")).order_by(audit.c.id.desc()).limit(1)
)
_BELOW_SEAL: Final = Statement(
    select(audit.c.id).where(audit.c.id <= bindparam("up_to")).order_by(audit.c.id).limit(bindparam("limit"))
)
_TOLD_OF: Final = Statement(
    select(outbox.c.id)
    .join(mappings, mappings.c.id == outbox.c.mapping_id)
    .where(outbox.c.settled_at < bindparam("moment"), _IS_OVER)
    .order_by(outbox.c.id)
    .limit(bindparam("limit"))
)
_FORGET_TOLD: Final = Statement(delete(outbox).where(outbox.c.id == bindparam("gone")))
_POSTED_OF: Final = Statement(
    select(posts.c.id)
    .join(mappings, mappings.c.id == posts.c.mapping_id)
    .where(mappings.c.requested_at < bindparam("moment"), _IS_OVER)
    .where(~exists().where(outbox.c.mapping_id == mappings.c.id, outbox.c.settled_at.is_(None)))
    .order_by(posts.c.id)
    .limit(bindparam("limit"))
)
_FORGET_POST: Final = Statement(delete(posts).where(posts.c.id == bindparam("gone")))
_FORGET_ALL_TOLD: Final = Statement(
    delete(outbox).where(outbox.c.mapping_id == bindparam("gone"), outbox.c.settled_at.is_not(None))
)
_SCRUB: Final = Statement(update(mappings).where(mappings.c.id == bindparam("known_id")))


@dataclass(frozen=True, slots=True)
class SqlUpkeep:
    """What may be taken out of the database."""

    transaction: Transaction

    async def erase(self, erasure: Erasure, limit: int) -> Sequence[int]:
        """Erase what stands beside entries."""
        query = _beside(erasure.kinds, dated=erasure.before is not None, personal=erasure.person is not None)
        rows = await self.transaction.rows(query, {**_values(erasure), "limit": limit})
        if rows:
            await self.transaction.write(_DELETE_BESIDE, [{"gone": row.entry_id, "of": row.kind} for row in rows])
        return sorted({row.entry_id for row in rows})

    async def scrub(self, erasure: Erasure, limit: int) -> int:
        """Erase the same of mappings that are over."""
        query = _over(erasure.kinds, dated=erasure.before is not None, personal=erasure.person is not None)
        values = _values(erasure)
        values["person"] = str(values["person"]).replace("slack:", "", 1).replace("rest:", "rest/", 1)
        for row in (rows := await self.transaction.rows(query, {**values, "limit": limit})):
            scrubbed = to_row(without(from_row(row), erasure.kinds))
            erased = sorted({*filter(None, (row.erased or "").split(",")), *map(str, erasure.kinds)})
            await self.transaction.write(_SCRUB, {**scrubbed, "erased": ",".join(erased), "known_id": row.id})
            await self.transaction.write(_FORGET_ALL_TOLD, {"gone": row.id})  # words and addresses are in there as well
        return len(rows)

    async def end_before(self, moment: datetime) -> Seal | None:
        """Find the last entry that only such from before this moment precede."""
        first = await self.transaction.rows(_FIRST_SINCE, {"moment": moment})
        if not first:
            return None
        last = await self.transaction.rows(_AT_OR_BELOW, {"below": first[0].id})
        sealed = await seal_of(self.transaction)
        return Seal(last[0].id, last[0].hash) if last and last[0].id > sealed.up_to else None

    async def seal(self, seal: Seal, at: datetime) -> None:
        """Let entries up to this one be removed."""
        await self.transaction.write(_PUT_SEAL, {"up_to": seal.up_to, "hash": seal.hash, "at": at})

    async def remove(self, limit: int) -> int:
        """Remove entries below the last seal."""
        sealed = await seal_of(self.transaction)
        rows = await self.transaction.rows(_BELOW_SEAL, {"up_to": sealed.up_to, "limit": limit})
        return await self._delete([row.id for row in rows], _DELETE_ALL_BESIDE, _DELETE_ENTRY)

    async def forget(self, before: datetime, limit: int) -> int:
        """Forget what was told before this moment, and where, of mappings that are over."""
        gone = 0
        for found, forgotten in ((_TOLD_OF, _FORGET_TOLD), (_POSTED_OF, _FORGET_POST)):
            rows = await self.transaction.rows(found, {"moment": before, "limit": limit})
            gone += await self._delete([row.id for row in rows], forgotten)
        return gone

    async def _delete(self, ids: Sequence[int], *statements: Statement) -> int:
        for statement in statements if ids else ():
            await self.transaction.write(statement, [{"gone": number} for number in ids])
        return len(ids)


async def seal_of(transaction: Transaction) -> Seal:
    """Read the last seal."""
    rows = await transaction.rows(_SEAL)
    return Seal(rows[0].up_to, rows[0].hash) if rows else Seal()


def pattern(person: str) -> str:
    """Write what ``LIKE`` takes for a person: the whole, or a user's id whatever the workspace."""
    escaped = escape(person)
    return escaped if ":" in person else f"slack:%/{escaped}"


def escape(text: str) -> str:
    """Have ``LIKE`` take a text as it is."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def like(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Compare with a pattern that ``escape`` has been at."""
    return column.like(bindparam(name), escape="\\")


def _values(erasure: Erasure) -> dict[str, object]:
    return {"moment": erasure.before, "person": None if erasure.person is None else pattern(erasure.person)}


@cache
def _beside(kinds: frozenset[Erasable], *, dated: bool, personal: bool) -> Statement:
    query = (
        select(audit_details.c.entry_id, audit_details.c.kind)
        .join(audit, audit.c.id == audit_details.c.entry_id)
        .where(or_(*(audit_details.c.kind == str(kind) for kind in sorted(kinds))))
    )
    if dated:
        query = query.where(audit.c.at < bindparam("moment"))
    if personal:
        query = query.where(or_(like(audit.c.actor, "person"), like(audit.c.subject, "person")))
    return Statement(query.order_by(audit_details.c.entry_id).limit(bindparam("limit")))


@cache
def _over(kinds: frozenset[Erasable], *, dated: bool, personal: bool) -> Statement:
    left = [or_(mappings.c.erased.is_(None), mappings.c.erased.not_like(f"%{kind}%")) for kind in sorted(kinds)]
    query = select(mappings).where(_IS_OVER, or_(*left))
    if dated:
        query = query.where(mappings.c.requested_at < bindparam("moment"))
    if personal:
        query = query.where(like(mappings.c.team + "/" + mappings.c.requester, "person"))
    return Statement(query.order_by(mappings.c.id).limit(bindparam("limit")))
