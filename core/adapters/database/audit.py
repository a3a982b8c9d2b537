from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select

from core.adapters.database.statements import Row, Statement
from core.adapters.database.tables import audit
from core.adapters.database.transaction import Transaction
from core.domain.mapping import Decision, MappingId
from core.domain.people import parse_actor
from core.domain.standing import Change
from core.interfaces import AuditEntry, Refusal

_OF: Final = Statement(select(audit).where(audit.c.mapping_id == bindparam("mapping_id")).order_by(audit.c.id))
_SINCE: Final = Statement(
    select(audit).where(audit.c.id > bindparam("after")).order_by(audit.c.id).limit(bindparam("limit"))
)
_LATEST: Final = Statement(select(audit).order_by(audit.c.id.desc()).limit(bindparam("limit")))
_ENTER: Final = Statement(audit.insert())


@dataclass(frozen=True, slots=True)
class SqlAudit:
    """The record of everything that was decided or refused."""

    transaction: Transaction

    async def of(self, mapping_id: MappingId) -> Sequence[AuditEntry]:
        """List a mapping's entries, oldest first."""
        return [_entry(row) for row in await self.transaction.rows(_OF, {"mapping_id": mapping_id})]

    async def since(self, after: int, limit: int = 500) -> Sequence[AuditEntry]:
        """List the entries with an id above ``after``, oldest first."""
        return [_entry(row) for row in await self.transaction.rows(_SINCE, {"after": after, "limit": limit})]

    async def latest(self, limit: int = 100) -> Sequence[AuditEntry]:
        """List the latest entries of all, newest first."""
        return [_entry(row) for row in await self.transaction.rows(_LATEST, {"limit": limit})]


async def enter_decision(transaction: Transaction, decision: Decision, mapping_id: MappingId) -> None:
    """Write down what was decided."""
    entry = {
        "at": decision.at,
        "actor": str(decision.actor),
        "event": str(decision.event),
        "mapping_id": mapping_id,
        "before": str(decision.before) if decision.before else None,
        "after": str(decision.mapping.state),
        "detail": dict(decision.detail),
    }
    await transaction.write_later(_ENTER, entry)


async def enter_refusal(transaction: Transaction, refusal: Refusal) -> None:
    """Write down what was refused; ``why`` stands in the detail."""
    entry = {
        "at": refusal.at,
        "actor": str(refusal.actor),
        "event": f"refused:{refusal.what}",
        "mapping_id": refusal.mapping_id,
        "detail": {**refusal.detail, "why": refusal.why},
    }
    await transaction.write_later(_ENTER, entry)


async def enter_standing(transaction: Transaction, changes: Sequence[Change]) -> None:
    """Write down what became of standing ports."""
    entries = [
        {"at": change.at, "actor": str(change.actor), "event": str(change.event), "detail": dict(change.facts)}
        for change in changes
    ]
    await transaction.write_later(_ENTER, entries)


def _entry(row: Row) -> AuditEntry:
    mapping_id = None if row.mapping_id is None else MappingId(row.mapping_id)
    return AuditEntry(row.id, row.at, parse_actor(row.actor), row.event, mapping_id, row.before, row.after, row.detail)
