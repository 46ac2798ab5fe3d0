"""How a story's text is written; the stories of before are plain."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FORMATS = ("PLAIN", "MARKDOWN", "HTML", "FOUNTAIN", "LIST", "LYRICS", "CHAPTERS")


def upgrade() -> None:
    """Forward."""
    text_format = sa.Column("text_format", sa.String(32), nullable=False, server_default="PLAIN")
    op.add_column("story", text_format)
    op.create_check_constraint(
        op.f("ck_story_TextFormat"), "story", sa.column("text_format").in_(_FORMATS)
    )


def downgrade() -> None:
    """Back, for development; on real data migrations go forward only."""
    op.drop_column("story", "text_format")
