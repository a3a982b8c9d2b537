import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from secrets import token_hex
from typing import Final

from sqlalchemy import Select, and_, bindparam, or_, select

from core.adapters.database.statements import Row, Statement
from core.adapters.database.tables import audit, audit_details
from core.adapters.database.transaction import Transaction
from core.adapters.database.upkeep import escape, like, pattern, seal_of
from core.domain.mapping import MappingId
from core.domain.people import parse_actor
from core.domain.record import GENESIS, Aside, AuditEntry, Erasable, Note, linked
from core.domain.verifying import Seal
from core.interfaces import Wanted

_SALT_BYTES: Final = 16


_BESIDE: Final = {kind: audit_details.alias(str(kind)) for kind in Erasable}


def entries() -> Select[tuple[object, ...]]:
    """Begin a query for entries, with what stands beside each."""
    columns = [
        column.label(f"{kind}_{column.name}") for kind, b in _BESIDE.items() for column in (b.c.salt, b.c.content)
    ]
    joined = audit
    for kind, beside in _BESIDE.items():
        joined = joined.outerjoin(beside, and_(beside.c.entry_id == audit.c.id, beside.c.kind == str(kind)))  # type: ignore[assignment]  # a join is a table too
    return select(audit, *columns).select_from(joined)


_OF: Final = Statement(entries().where(audit.c.mapping_id == bindparam("mapping_id")).order_by(audit.c.id))
_SINCE: Final = Statement(
    entries().where(audit.c.id > bindparam("after")).order_by(audit.c.id).limit(bindparam("limit"))
)
_LATEST: Final = Statement(entries().order_by(audit.c.id.desc()).limit(bindparam("limit")))
_LAST: Final = Statement(select(audit.c.id, audit.c.hash).order_by(audit.c.id.desc()).limit(1))
_ENTER: Final = Statement(audit.insert())
_PUT_BESIDE: Final = Statement(audit_details.insert())


@dataclass(frozen=True, slots=True)
class SqlAudit:
    """The record of everything that was decided or refused."""

    transaction: Transaction

    async def of(self, mapping_id: MappingId) -> Sequence[AuditEntry]:
        """List a mapping's entries, oldest first."""
        return [to_entry(row) for row in await self.transaction.rows(_OF, {"mapping_id": mapping_id})]

    async def since(self, after: int, limit: int = 500) -> Sequence[AuditEntry]:
        """List the entries with an id above ``after``, oldest first."""
        return [to_entry(row) for row in await self.transaction.rows(_SINCE, {"after": after, "limit": limit})]

    async def latest(self, limit: int = 100) -> Sequence[AuditEntry]:
        """List the latest entries of all, newest first."""
        return [to_entry(row) for row in await self.transaction.rows(_LATEST, {"limit": limit})]

    async def search(
        self, wanted: Wanted, after: int = 0, limit: int = 500, *, newest: bool = False
    ) -> Sequence[AuditEntry]:
        """List some of the entries."""
        values = _wanted_values(wanted)
        query = _search(tuple(values), newest)
        return [to_entry(row) for row in await self.transaction.rows(query, {**values, "after": after, "limit": limit})]

    async def sealed(self) -> Seal:
        """Say where the record begins."""
        return await seal_of(self.transaction)

    async def enter(self, note: Note) -> None:
        """Enter what is no decision on a mapping."""
        await enter(self.transaction, [note])


async def enter(transaction: Transaction, notes: Sequence[Note]) -> None:
    """Put notes behind the last entry of all: nobody else writes meanwhile, for units of work run one at a time.

    On SQLite the last one is read where the new ones are written, in the connection's thread: nobody waits for it.
    """
    if await transaction.do_later(partial(_enter_there, notes)):
        return
    last = [(row.id, row.hash) for row in await transaction.rows(_LAST)]
    made = _chained(notes, *(last[0] if last else (0, GENESIS)))
    await transaction.write(_ENTER, [to_row(entry) for entry in made])
    if beside := list(to_rows_beside(made)):
        await transaction.write(_PUT_BESIDE, beside)


def _enter_there(notes: Sequence[Note], connection: sqlite3.Connection) -> None:
    query = _LAST.prepared(())
    last = connection.execute(query.sql, query.bind({})).fetchone()
    made = _chained(notes, *(last or (0, GENESIS)))
    for statement, rows in ((_ENTER, map(to_row, made)), (_PUT_BESIDE, to_rows_beside(made))):
        _write_there(statement, list(rows), connection)


def _write_there(statement: Statement, rows: Sequence[Mapping[str, object]], connection: sqlite3.Connection) -> None:
    if rows:
        prepared = statement.prepared(rows[0])
        connection.executemany(prepared.sql, [prepared.bind(row) for row in rows])


def _chained(notes: Sequence[Note], last_id: int, last_hash: str) -> list[AuditEntry]:
    made = list[AuditEntry]()
    for note in notes:
        entry = linked(note, last_id, last_hash, (token_hex(_SALT_BYTES), token_hex(_SALT_BYTES)))
        made.append(entry)
        last_id, last_hash = entry.id, entry.hash
    return made


def _wanted_values(wanted: Wanted) -> dict[str, object]:
    event = wanted.event
    values = {
        "person": None if wanted.person is None else pattern(wanted.person),
        "namespace": wanted.namespace,
        "event": None if event is None else escape(event.removesuffix("*")) + "%" * event.endswith("*"),
        "mapping_id": wanted.mapping_id,
        "since": wanted.since,
        "until": wanted.until,
    }
    return {name: value for name, value in values.items() if value is not None}


@cache
def _search(names: tuple[str, ...], newest: bool) -> Statement:  # noqa: FBT001 - a key of the cache
    conditions = {
        "person": or_(like(audit.c.actor, "person"), like(audit.c.subject, "person")),
        "namespace": audit.c.namespace == bindparam("namespace"),
        "event": like(audit.c.event, "event"),
        "mapping_id": audit.c.mapping_id == bindparam("mapping_id"),
        "since": audit.c.at >= bindparam("since"),
        "until": audit.c.at < bindparam("until"),
    }
    query = entries().where(audit.c.id > bindparam("after"), *(conditions[name] for name in names))
    return Statement(query.order_by(audit.c.id.desc() if newest else audit.c.id).limit(bindparam("limit")))


# -- rows -------------------------------------------------------------------------------------------------------------


def to_row(entry: AuditEntry) -> dict[str, object]:
    """Write an entry, without what stands beside it."""
    return {
        "id": entry.id,
        "at": entry.at,
        "actor": str(entry.actor),
        "event": entry.event,
        "mapping_id": entry.mapping_id,
        "before": entry.before,
        "after": entry.after,
        "detail": dict(entry.plain),
        "origin": entry.origin,
        "namespace": entry.namespace,
        "subject": entry.subject,
        "digests": dict(entry.digests),
        "hash": entry.hash,
    }


def to_rows_beside(made: Iterable[AuditEntry]) -> Iterable[dict[str, object]]:
    """Write what stands beside entries."""
    for entry in made:
        for aside in entry.asides:
            yield {
                "entry_id": entry.id,
                "kind": str(aside.kind),
                "salt": aside.salt,
                "content": dict(aside.content),
            }


def to_entry(row: Row) -> AuditEntry:
    """Read an entry."""
    return AuditEntry(
        row.id,
        row.at,
        parse_actor(row.actor),
        row.event,
        None if row.mapping_id is None else MappingId(row.mapping_id),
        row.before,
        row.after,
        row.detail,
        row.origin,
        row.namespace,
        row.subject,
        row.digests,
        tuple(_asides(row)),
        row.hash,
    )


def _asides(row: Row) -> Iterable[Aside]:
    for kind in Erasable:
        salt = getattr(row, f"{kind}_salt")
        if salt is not None:
            yield Aside(kind, salt, getattr(row, f"{kind}_content"))
