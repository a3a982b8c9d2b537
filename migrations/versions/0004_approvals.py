"""What approvals need: reminders, who could not be reached, and what was asked for before it was changed."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0004"
down_revision: Final = "0003"


def upgrade() -> None:
    document = sa.JSON(none_as_null=True)
    for column in (
        sa.Column("reminders", document, comment="when to remind the approvers; null where never"),
        sa.Column(
            "unreachable",
            sa.Text,
            comment="of whom nobody could be reached when it was asked for; null where somebody",
        ),
        sa.Column("amendment", document, comment="what was asked for, where an approver has changed it"),
    ):
        op.add_column("mappings", column)
