"""Takes that a service draws as a remote job."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Upgrade."""
    op.add_column("take", sa.Column("submitted_at", sa.DateTime(timezone=True)))
    op.add_column("take", sa.Column("remote_job_id", sa.String()))


def downgrade() -> None:
    """Downgrade, for development; on real data migrations go forward only."""
    op.drop_column("take", "remote_job_id")
    op.drop_column("take", "submitted_at")
