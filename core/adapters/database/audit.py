from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from core.adapters.database.tables import audit
from core.adapters.database.transaction import AnyRow, Transaction
from core.domain.mapping import Decision, MappingId
from core.domain.people import parse_actor
from core.interfaces import AuditEntry, Refusal


@dataclass(frozen=True, slots=True)
class SqlAudit:
    """The record of everything that was decided or refused."""

    transaction: Transaction

    async def of(self, mapping_id: MappingId) -> Sequence[AuditEntry]:
        """List a mapping's entries, oldest first."""
        query = select(audit).where(audit.c.mapping_id == mapping_id).order_by(audit.c.id)
        return [_entry(row) for row in await self.transaction.rows(query)]

    async def since(self, after: int, limit: int = 500) -> Sequence[AuditEntry]:
        """List the entries with an id above ``after``, oldest first."""
        query = select(audit).where(audit.c.id > after).order_by(audit.c.id).limit(limit)
        return [_entry(row) for row in await self.transaction.rows(query)]

    async def latest(self, limit: int = 100) -> Sequence[AuditEntry]:
        """List the latest entries of all, newest first."""
        rows = await self.transaction.rows(select(audit).order_by(audit.c.id.desc()).limit(limit))
        return [_entry(row) for row in rows]


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
    await transaction.write(audit.insert(), entry)


async def enter_refusal(transaction: Transaction, refusal: Refusal) -> None:
    """Write down what was refused; ``why`` stands in the detail."""
    entry = {
        "at": refusal.at,
        "actor": str(refusal.actor),
        "event": f"refused:{refusal.what}",
        "mapping_id": refusal.mapping_id,
        "detail": {**refusal.detail, "why": refusal.why},
    }
    await transaction.write(audit.insert(), entry)


def _entry(row: AnyRow) -> AuditEntry:
    mapping_id = None if row.mapping_id is None else MappingId(row.mapping_id)
    return AuditEntry(row.id, row.at, parse_actor(row.actor), row.event, mapping_id, row.before, row.after, row.detail)
