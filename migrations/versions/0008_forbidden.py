"""What the policy in force would not permit any more."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0008"
down_revision: Final = "0007"


def upgrade() -> None:
    why = "why the policy in force does not permit it; null where it does"
    op.add_column("mappings", sa.Column("forbidden", sa.Text, comment=why))
