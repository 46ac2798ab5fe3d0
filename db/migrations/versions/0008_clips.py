"""Shots in motion: a clip of a take's picture."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = ("SCRIPT", "IMAGE", "VIDEO", "VOICE")
_TABLES = ("story", "shot")


def _text_enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32, create_constraint=True)


def _allow_kinds(*kinds: str) -> None:
    op.drop_constraint(op.f("ck_charge_ServiceKind"), "charge", type_="check")
    op.create_check_constraint(
        op.f("ck_charge_ServiceKind"), "charge", sa.column("kind").in_(kinds)
    )


def upgrade() -> None:
    """Upgrade."""
    for table in _TABLES:
        motion = sa.Column("motion", sa.String(32), nullable=False, server_default="STILL")
        op.add_column(table, motion)
        op.create_check_constraint(
            op.f(f"ck_{table}_Motion"), table, sa.column("motion").in_(("STILL", "CLIP"))
        )
    _allow_kinds(*_KINDS, "CLIP")
    op.create_table(
        "clip",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("take_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            _text_enum("Status", "PENDING", "GENERATING", "COMPLETED", "FAILED", "CANCELED"),
            nullable=False,
        ),
        sa.Column("progress", sa.Float(), nullable=True),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remote_job_id", sa.String(), nullable=True),
        sa.Column("result_url", sa.String(), nullable=True),
        sa.Column("media_key", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("duration_seconds", sa.Float(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("failure", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name=op.f("ck_clip_progress_in_range")),
        sa.ForeignKeyConstraint(
            ["take_id"], ["take.id"], name=op.f("fk_clip_take_id_take"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clip")),
        sa.UniqueConstraint("take_id", name=op.f("uq_clip_take_id")),
    )


def downgrade() -> None:
    """Downgrade, for development; on real data migrations go forward only."""
    op.drop_table("clip")
    op.execute("DELETE FROM charge WHERE kind = 'CLIP'")
    _allow_kinds(*_KINDS)
    for table in _TABLES:
        op.drop_column(table, "motion")
