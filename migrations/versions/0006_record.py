"""The record: entries are chained, those too that are there already; what stands beside them, seals, bulletins."""

from collections.abc import Iterator, Sequence
from secrets import token_hex
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

from core.adapters.database.audit import to_row, to_rows_beside
from core.adapters.database.requesters import requester
from core.adapters.database.tables import UtcDateTime
from core.domain.mapping import MappingId
from core.domain.people import System, parse_actor
from core.domain.record import GENESIS, AuditEntry, Note, linked

revision: Final = "0006"
down_revision: Final = "0004"

ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT: Final = sa.DateTime(timezone=True)
DOCUMENT: Final = sa.JSON(none_as_null=True)
NOT_ERASED: Final = sa.text("erased IS NULL")
CHUNK: Final = 500


def upgrade() -> None:
    op.execute("CREATE TABLE audit_before AS SELECT * FROM audit")
    op.drop_table("audit")  # its triggers go with it
    create_audit()
    create_beside()
    chain()
    op.drop_table("audit_before")
    guard()
    create_bulletins()
    op.add_column("mappings", sa.Column("erased", sa.Text, comment="what was erased of it"))
    op.create_index("ix_mappings_not_erased", "mappings", ["id"], sqlite_where=NOT_ERASED, postgresql_where=NOT_ERASED)


def create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", ID, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("mapping_id", ID, index=True),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("detail", DOCUMENT, nullable=False),
        sa.Column("origin", sa.Text, nullable=False, comment="by which way it came"),
        sa.Column("namespace", sa.Text),
        sa.Column("subject", sa.Text, comment="whose mapping it is about"),
        sa.Column("digests", DOCUMENT, nullable=False, comment="of what stands, or stood, beside it"),
        sa.Column("hash", sa.Text, nullable=False, comment="of all this, and of the entry before"),
        sqlite_autoincrement=True,
        comment="append-only: triggers refuse everything but INSERT, and DELETE below a seal",
    )


def create_beside() -> None:
    op.create_table(
        "audit_details",
        sa.Column("entry_id", ID, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("salt", sa.Text, nullable=False),
        sa.Column("content", DOCUMENT, nullable=False),
        comment="what stands beside an entry of the audit, and can be erased",
    )
    op.create_table(
        "audit_seals",
        sa.Column("up_to", ID, primary_key=True, autoincrement=False, comment="entries up to this one may be removed"),
        sa.Column("hash", sa.Text, nullable=False, comment="of that entry: what the next one has before it"),
        sa.Column("at", MOMENT, nullable=False),
        comment="append-only as well",
    )


def create_bulletins() -> None:
    op.create_table(
        "bulletins",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("facts", DOCUMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("settled_at", MOMENT, comment="null while it waits"),
        sa.Column("why", sa.Text, comment="what the last failure said"),
        sa.UniqueConstraint("kind", "period", name="uq_bulletins_period"),
        sqlite_autoincrement=True,
        comment="what is posted of no mapping: the head of the record, the digest",
    )


# -- the entries that are there already -------------------------------------------------------------------------------


def chain() -> None:
    """Chain them in their order; numbers that were lost to transactions rolled back are closed up."""
    tables = sa.MetaData()
    audit, beside = (sa.Table(name, tables, autoload_with=op.get_bind()) for name in ("audit", "audit_details"))
    audit, beside = typed(audit), typed(beside)
    last_id, last_hash = 0, GENESIS
    for rows in rows_before():
        made = list[AuditEntry]()
        for row in rows:
            made.append(linked(note_of(row), last_id, last_hash, (token_hex(16), token_hex(16))))
            last_id, last_hash = made[-1].id, made[-1].hash
        op.get_bind().execute(audit.insert(), [to_row(entry) for entry in made])
        if asides := list(to_rows_beside(made)):
            op.get_bind().execute(beside.insert(), asides)


def typed(found: sa.Table) -> sa.Table:
    """Have the documents and moments of a table written as we write them; a database may not tell them by type."""
    for column in found.c:
        if column.name in {"detail", "digests", "content"}:
            column.type = DOCUMENT
        elif column.name == "at":
            column.type = UtcDateTime()
    return found


def rows_before() -> Iterator[Sequence[Any]]:
    """Read what was there, in chunks: two cursors at once are not for every driver."""
    columns = ("actor", "event", "before", "after")
    before = sa.table(
        "audit_before",
        sa.column("id", ID),
        sa.column("at", UtcDateTime()),
        sa.column("mapping_id", ID),
        sa.column("detail", DOCUMENT),
        *(sa.column(name, sa.Text()) for name in columns),
    )
    mappings = sa.table("mappings", *(sa.column(name) for name in ("id", "team", "requester", "namespace")))
    query = sa.select(before, mappings.c.team, mappings.c.requester, mappings.c.namespace).select_from(
        before.outerjoin(mappings, mappings.c.id == before.c.mapping_id)
    )
    last = 0
    while rows := fetch(query.where(before.c.id > last).order_by(before.c.id).limit(CHUNK)):
        yield rows
        last = rows[-1].id


def fetch(query: sa.Select[Any]) -> Sequence[Any]:
    return op.get_bind().execute(query).all()


def note_of(row: Any) -> Note:
    actor = parse_actor(row.actor)
    target, slash, _ = str(row.detail.get("target") or row.detail.get("service") or "").partition("/")
    return Note(
        row.at,
        actor,
        row.event,
        None if row.mapping_id is None else MappingId(row.mapping_id),
        row.before,
        row.after,
        row.namespace or (target if slash else None),
        requester(row.team, row.requester) if row.team else None,
        row.detail,
        own_words=isinstance(actor, System) or row.event.startswith("refused:"),
    )


# -- what may be done to the record -----------------------------------------------------------------------------------


def guard() -> None:
    statements = POSTGRES_GUARD if op.get_bind().dialect.name == "postgresql" else SQLITE_GUARD
    for statement in statements:
        op.execute(statement)


SEAL_FITS: Final = """
    EXISTS (SELECT 1 FROM audit WHERE id = NEW.up_to AND hash = NEW.hash)
    AND EXISTS (SELECT 1 FROM audit WHERE id > NEW.up_to AND event = 'audit:seal')
"""

POSTGRES_GUARD: Final = (
    """
    CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit' THEN
            IF OLD.id <= (SELECT max(up_to) FROM audit_seals) THEN
                RETURN OLD;
            END IF;
        END IF;
        RAISE EXCEPTION 'the audit is append-only';
    END $$
    """,
    f"""
    CREATE FUNCTION audit_seal_fits() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF {SEAL_FITS} THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'the audit is append-only, and this seal does not fit';
    END $$
    """,
    """
    CREATE TRIGGER audit_rows_stay BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()
    """,
    """
    CREATE TRIGGER audit_stays BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()
    """,
    """
    CREATE TRIGGER audit_seals_fit BEFORE INSERT ON audit_seals
    FOR EACH ROW EXECUTE FUNCTION audit_seal_fits()
    """,
    """
    CREATE TRIGGER audit_seals_stay BEFORE UPDATE OR DELETE ON audit_seals
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()
    """,
    """
    CREATE TRIGGER audit_seals_all_stay BEFORE TRUNCATE ON audit_seals
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()
    """,
)

SQLITE_GUARD: Final = (
    """
    CREATE TRIGGER audit_is_not_updated BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
    """,
    """
    CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
    WHEN OLD.id > coalesce((SELECT max(up_to) FROM audit_seals), 0)
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
    """,
    # INSERT OR REPLACE deletes without asking the trigger above
    """
    CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
    WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
    """,
    f"""
    CREATE TRIGGER audit_seals_fit BEFORE INSERT ON audit_seals
    WHEN NOT ({SEAL_FITS}) OR EXISTS (SELECT 1 FROM audit_seals WHERE up_to = NEW.up_to)
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only, and this seal does not fit'); END
    """,  # noqa: S608 - of a constant of ours
    """
    CREATE TRIGGER audit_seals_are_not_updated BEFORE UPDATE ON audit_seals
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
    """,
    """
    CREATE TRIGGER audit_seals_are_not_deleted BEFORE DELETE ON audit_seals
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
    """,
)
