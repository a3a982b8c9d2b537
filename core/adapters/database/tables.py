"""The tables, as SQLAlchemy Core knows them; ``migrations`` makes them, and a test holds the two together."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TextClause,
    TypeDecorator,
    UniqueConstraint,
    text,
)

from core.domain.states import FRUITLESS, HOLDING, LIVE, State

# SQLite numbers rows by itself only where the type is spelled INTEGER; that has 64 bits there.
ID: Final = BigInteger().with_variant(Integer(), "sqlite")
DOCUMENT: Final = JSON(none_as_null=True)

_MICROSECOND: Final = timedelta(microseconds=1)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware moments, in UTC. SQLite forgets the zone, so it is put back; a naive value is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Turn to UTC.

        Raises:
            ValueError: it has no time zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Say that it is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Duration(TypeDecorator[timedelta]):
    """A length of time, as whole microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Count microseconds."""
        return None if value is None else value // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Read them back."""
        return None if value is None else value * _MICROSECOND


metadata: Final = MetaData()

mappings: Final = Table(
    "mappings",
    metadata,
    Column("id", ID, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", UtcDateTime, comment="when to look at it again; null where never"),
    Column("terms", Integer, nullable=False),
    # who asked for what, where, and why
    Column("team", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("namespace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("target_port", DOCUMENT, comment="a number, or a name, or null"),
    Column("port_name", Text, nullable=False),
    Column("endpoint_address", Text, nullable=False),
    Column("endpoint_port", Integer, nullable=False),
    Column("endpoint_uid", Text, nullable=False),
    Column("sources", DOCUMENT, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ttl_us", Duration, nullable=False),
    Column("channel", Text, nullable=False),
    Column("direct", Boolean, nullable=False),
    Column("approvers_channel", Text),
    # what was decided
    Column("votes", DOCUMENT, nullable=False),
    Column("extension", DOCUMENT),
    Column("port", Integer),
    Column("probe", Boolean, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("pending_until", UtcDateTime, nullable=False),
    Column("reminders", DOCUMENT, comment="when to remind the approvers; null where never"),
    Column("unreachable", Text, comment="of whom nobody could be reached when it was asked for; null where somebody"),
    Column("amendment", DOCUMENT, comment="what was asked for, where an approver has changed it"),
    Column("forbidden", Text, comment="why the policy in force does not permit it; null where it does"),
    Column("approved_at", UtcDateTime),
    Column("open_by", UtcDateTime),
    Column("trouble", DOCUMENT),
    Column("opened_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("enforced_until", UtcDateTime),
    Column("warn_at", UtcDateTime),
    Column("baseline", DOCUMENT),
    Column("refusals_told", DOCUMENT, nullable=False),
    Column("ending", DOCUMENT),
    Column("traffic", DOCUMENT),
    Column("erased", Text, comment="what was erased of it"),
    sqlite_autoincrement=True,
)


def one_of(states: Collection[State]) -> TextClause:
    """Say that a mapping is in one of these states."""
    return text(f"state IN ({', '.join(repr(str(state)) for state in sorted(states))})")


# Spelled out, not bound: only so can a database see that a query is within a partial index.
IS_HOLDING: Final = one_of(HOLDING)
IS_LIVE: Final = one_of(LIVE)
IS_FRUITLESS: Final = one_of(FRUITLESS)

Index("uq_mappings_held_port", mappings.c.port, unique=True, sqlite_where=IS_HOLDING, postgresql_where=IS_HOLDING)
Index("ix_mappings_live", mappings.c.id, sqlite_where=IS_LIVE, postgresql_where=IS_LIVE)
Index("ix_mappings_fruitless", mappings.c.id, sqlite_where=IS_FRUITLESS, postgresql_where=IS_FRUITLESS)
# By each of these a page is read from its index, newest first, however long the history is.
Index("ix_mappings_namespace", mappings.c.namespace, mappings.c.id)
Index("ix_mappings_name", mappings.c.name, mappings.c.id)
Index("ix_mappings_requester", mappings.c.team, mappings.c.requester, mappings.c.id)
Index("ix_mappings_port", mappings.c.port, mappings.c.id)
IS_NOT_ERASED: Final = text("erased IS NULL")
Index("ix_mappings_not_erased", mappings.c.id, sqlite_where=IS_NOT_ERASED, postgresql_where=IS_NOT_ERASED)
_IS_DATED: Final = mappings.c.due_at.is_not(None)
Index("ix_mappings_due", mappings.c.due_at, sqlite_where=_IS_DATED, postgresql_where=_IS_DATED)

ports: Final = Table(
    "ports",
    metadata,
    Column("port", Integer, primary_key=True, autoincrement=False),
    Column("mapping_id", ID, ForeignKey("mappings.id"), nullable=False, comment="the last one that held it"),
    Column("released_at", UtcDateTime, comment="null while it is held"),
)

audit: Final = Table(
    "audit",
    metadata,
    Column("id", ID, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("mapping_id", ID, index=True),  # no reference: a refusal may name one that never was
    Column("before", Text),
    Column("after", Text),
    Column("detail", DOCUMENT, nullable=False),
    Column("origin", Text, nullable=False, comment="by which way it came"),
    Column("namespace", Text),
    Column("subject", Text, comment="whose mapping it is about"),
    Column("digests", DOCUMENT, nullable=False, comment="of what stands, or stood, beside it"),
    Column("hash", Text, nullable=False, comment="of all this, and of the entry before"),
    sqlite_autoincrement=True,
    comment="append-only: triggers refuse everything but INSERT, and DELETE below a seal",
)

audit_details: Final = Table(
    "audit_details",
    metadata,
    Column("entry_id", ID, primary_key=True, autoincrement=False),  # no reference: an entry goes with all beside it
    Column("kind", Text, primary_key=True),
    Column("salt", Text, nullable=False),
    Column("content", DOCUMENT, nullable=False),
    comment="what stands beside an entry of the audit, and can be erased",
)

audit_seals: Final = Table(
    "audit_seals",
    metadata,
    Column("up_to", ID, primary_key=True, autoincrement=False, comment="entries up to this one may be removed"),
    Column("hash", Text, nullable=False, comment="of that entry: what the next one has before it"),
    Column("at", UtcDateTime, nullable=False),
    comment="append-only as well",
)

bulletins: Final = Table(
    "bulletins",
    metadata,
    Column("id", ID, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("facts", DOCUMENT, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("settled_at", UtcDateTime, comment="null while it waits"),
    Column("why", Text, comment="what the last failure said"),
    UniqueConstraint("kind", "period", name="uq_bulletins_period"),
    sqlite_autoincrement=True,
    comment="what is posted of no mapping: the head of the record, the digest",
)

outbox: Final = Table(
    "outbox",
    metadata,
    Column("id", ID, primary_key=True),
    Column("mapping_id", ID, ForeignKey("mappings.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("facts", DOCUMENT, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("settled_at", UtcDateTime, comment="null while it waits"),
    Column("buried", Boolean, nullable=False, comment="given up, not posted"),
    Column("why", Text, comment="what the last failure said"),
    UniqueConstraint("mapping_id", "key", name="uq_outbox_notice"),
    sqlite_autoincrement=True,
)
IS_WAITING: Final = outbox.c.settled_at.is_(None)
Index("ix_outbox_waiting", outbox.c.id, sqlite_where=IS_WAITING, postgresql_where=IS_WAITING)

posts: Final = Table(
    "posts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("mapping_id", ID, ForeignKey("mappings.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("ts", Text, nullable=False),
    UniqueConstraint("mapping_id", "role", "channel", name="uq_posts_place"),
)

inbox: Final = Table(
    "inbox",
    metadata,
    Column("delivery", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
)

request_keys: Final = Table(
    "request_keys",
    metadata,
    Column("key", Text, primary_key=True, comment="who asked, and the key they gave their request"),
    Column("mapping_id", ID, ForeignKey("mappings.id"), nullable=False),
    Column("fingerprint", Text, nullable=False, comment="of what was asked with it"),
    Column("at", UtcDateTime, nullable=False, index=True),
)

standing_ports: Final = Table(
    "standing_ports",
    metadata,
    Column("port", Integer, primary_key=True, autoincrement=False),
    Column("namespace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("headless", Boolean, nullable=False),
    Column("address", Text, comment="null while there is nowhere to lead to"),
    Column("target_port", Integer),
    Column("endpoint_uid", Text),
    Column("leaving", Boolean, nullable=False, comment="to be shut; the row goes when nobody is left on the port"),
    Column("since", UtcDateTime, nullable=False),
    comment="ports that Services have for as long as they are there",
)
IS_STAYING: Final = text("NOT leaving")
Index(
    "uq_standing_ports_service",
    standing_ports.c.namespace,
    standing_ports.c.name,
    unique=True,
    sqlite_where=IS_STAYING,
    postgresql_where=IS_STAYING,
)

freeze: Final = Table(
    "freeze",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="always 1"),
    Column("team", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
    comment="one row while everything is frozen",
)

lease: Final = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("until", Double, nullable=False, comment="seconds since 1970 by the database's clock"),
    comment="one row: which process converges",
)
