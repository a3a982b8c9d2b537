"""Keys of requests over REST, and the standing ports of Services."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"

ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT: Final = sa.DateTime(timezone=True)
STAYING: Final = sa.text("NOT leaving")


def upgrade() -> None:
    op.create_table(
        "request_keys",
        sa.Column("key", sa.Text, primary_key=True, comment="who asked, and the key they gave their request"),
        sa.Column("mapping_id", ID, sa.ForeignKey("mappings.id"), nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False, comment="of what was asked with it"),
        sa.Column("at", MOMENT, nullable=False, index=True),
    )
    op.create_table(
        "standing_ports",
        sa.Column("port", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("namespace", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("uid", sa.Text, nullable=False),
        sa.Column("headless", sa.Boolean, nullable=False),
        sa.Column("address", sa.Text, comment="null while there is nowhere to lead to"),
        sa.Column("target_port", sa.Integer),
        sa.Column("endpoint_uid", sa.Text),
        sa.Column(
            "leaving", sa.Boolean, nullable=False, comment="to be shut; the row goes when nobody is left on the port"
        ),
        sa.Column("since", MOMENT, nullable=False),
        comment="ports that Services have for as long as they are there",
    )
    op.create_index(
        "uq_standing_ports_service",
        "standing_ports",
        ["namespace", "name"],
        unique=True,
        sqlite_where=STAYING,
        postgresql_where=STAYING,
    )
