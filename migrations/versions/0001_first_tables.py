"""The first tables."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None

ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT: Final = sa.DateTime(timezone=True)
HOLDING: Final = sa.text("state IN ('approved', 'closing', 'open')")
LIVE: Final = sa.text("state IN ('approved', 'closing', 'open', 'requested')")
DATED: Final = sa.text("due_at IS NOT NULL")
WAITING: Final = sa.text("settled_at IS NULL")


def upgrade() -> None:
    create_mappings()
    create_ports()
    create_audit()
    create_outbox()
    create_posts()
    create_inbox()
    create_lease()
    guard_audit()


def create_mappings() -> None:
    op.create_table(
        "mappings",
        sa.Column("id", ID, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due_at", MOMENT, comment="when to look at it again; null where never"),
        sa.Column("terms", sa.Integer, nullable=False),
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("requester", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("namespace", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("target_port", sa.JSON, comment="a number, or a name, or null"),
        sa.Column("port_name", sa.Text, nullable=False),
        sa.Column("endpoint_address", sa.Text, nullable=False),
        sa.Column("endpoint_port", sa.Integer, nullable=False),
        sa.Column("endpoint_uid", sa.Text, nullable=False),
        sa.Column("sources", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("ttl_us", sa.BigInteger, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("direct", sa.Boolean, nullable=False),
        sa.Column("approvers_channel", sa.Text),
        sa.Column("votes", sa.JSON, nullable=False),
        sa.Column("extension", sa.JSON),
        sa.Column("port", sa.Integer),
        sa.Column("probe", sa.Boolean, nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("pending_until", MOMENT, nullable=False),
        sa.Column("approved_at", MOMENT),
        sa.Column("open_by", MOMENT),
        sa.Column("trouble", sa.JSON),
        sa.Column("opened_at", MOMENT),
        sa.Column("expires_at", MOMENT),
        sa.Column("enforced_until", MOMENT),
        sa.Column("warn_at", MOMENT),
        sa.Column("baseline", sa.JSON),
        sa.Column("refusals_told", sa.JSON, nullable=False),
        sa.Column("ending", sa.JSON),
        sa.Column("traffic", sa.JSON),
        sqlite_autoincrement=True,
    )
    index("uq_mappings_held_port", "mappings", "port", HOLDING, unique=True)
    index("ix_mappings_live", "mappings", "id", LIVE)
    index("ix_mappings_due", "mappings", "due_at", DATED)


def create_ports() -> None:
    op.create_table(
        "ports",
        sa.Column("port", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("mapping_id", ID, sa.ForeignKey("mappings.id"), nullable=False, comment="the last one that held it"),
        sa.Column("released_at", MOMENT, comment="null while it is held"),
    )


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
        sa.Column("detail", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
        comment="append-only: triggers refuse everything but INSERT",
    )


def create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", ID, primary_key=True),
        sa.Column("mapping_id", ID, sa.ForeignKey("mappings.id"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("settled_at", MOMENT, comment="null while it waits"),
        sa.Column("buried", sa.Boolean, nullable=False, comment="given up, not posted"),
        sa.Column("why", sa.Text, comment="what the last failure said"),
        sa.UniqueConstraint("mapping_id", "key", name="uq_outbox_notice"),
        sqlite_autoincrement=True,
    )
    index("ix_outbox_waiting", "outbox", "id", WAITING)


def create_posts() -> None:
    op.create_table(
        "posts",
        sa.Column("id", ID, primary_key=True),
        sa.Column("mapping_id", ID, sa.ForeignKey("mappings.id"), nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("ts", sa.Text, nullable=False),
        sa.UniqueConstraint("mapping_id", "role", "channel", name="uq_posts_place"),
    )


def create_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("delivery", sa.Text, primary_key=True),
        sa.Column("at", MOMENT, nullable=False, index=True),
    )


def create_lease() -> None:
    lease = op.create_table(
        "lease",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("until", sa.Double, nullable=False, comment="seconds since 1970 by the database's clock"),
        comment="one row: which process converges",
    )
    op.execute(lease.insert().values(name="engine", holder="", fence=0, until=0.0))


def index(name: str, table: str, column: str, where: sa.TextClause, *, unique: bool = False) -> None:
    op.create_index(name, table, [column], unique=unique, sqlite_where=where, postgresql_where=where)


def guard_audit() -> None:
    statements = POSTGRES_GUARD if op.get_bind().dialect.name == "postgresql" else SQLITE_GUARD
    for statement in statements:
        op.execute(statement)


POSTGRES_GUARD: Final = (
    """
    CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the audit is append-only';
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
)

SQLITE_GUARD: Final = (
    """
    CREATE TRIGGER audit_is_not_updated BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
    """,
    """
    CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
    """,
    # INSERT OR REPLACE deletes without asking the trigger above
    """
    CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
    WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END
    """,
)
