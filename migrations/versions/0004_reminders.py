"""When to remind approvers."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0004"
down_revision: Final = "0003"


def upgrade() -> None:
    document = sa.JSON(none_as_null=True)
    op.add_column(
        "mappings", sa.Column("reminders", document, comment="when to remind the approvers; null where never")
    )
