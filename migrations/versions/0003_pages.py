"""Indexes by which pages of mappings are read."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"

FRUITLESS: Final = sa.text("state IN ('denied', 'failed', 'lapsed', 'refused', 'withdrawn')")


def upgrade() -> None:
    op.create_index("ix_mappings_fruitless", "mappings", ["id"], sqlite_where=FRUITLESS, postgresql_where=FRUITLESS)
    op.create_index("ix_mappings_namespace", "mappings", ["namespace", "id"])
    op.create_index("ix_mappings_name", "mappings", ["name", "id"])
    op.create_index("ix_mappings_requester", "mappings", ["team", "requester", "id"])
    op.create_index("ix_mappings_port", "mappings", ["port", "id"])
