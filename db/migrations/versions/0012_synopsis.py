"""A short text about the story, where its script gives one."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Forward."""
    op.add_column("story", sa.Column("synopsis", sa.String(), nullable=True))


def downgrade() -> None:
    """Back, for development; on real data migrations go forward only."""
    op.drop_column("story", "synopsis")
