"""The first tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from sqlalchemy.dialects import postgresql
from sqlalchemy.util import await_only

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _run_script(script: str) -> None:
    """Run many statements at once, which only the driver's own connection does."""
    driver = op.get_bind().connection.driver_connection
    if driver is None:
        raise RuntimeError("the migration has no connection")
    await_only(driver.execute(script))


def upgrade() -> None:
    """Upgrade."""
    op.create_table(
        "event",
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "SNAPSHOT",
                "STORY_CREATED",
                "STORY_STATUS_CHANGED",
                "STORY_UPDATED",
                "STORY_DELETED",
                "SHOTS_ADDED",
                "SHOT_STATUS_CHANGED",
                "SHOT_UPDATED",
                "SHOT_DELETED",
                "SHOTS_REORDERED",
                "TAKE_ADDED",
                "VIDEO_STATUS_CHANGED",
                "PROGRESS",
                name="EventType",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("shot_id", sa.Uuid(), nullable=True),
        sa.Column("video_id", sa.Uuid(), nullable=True),
        sa.Column(
            "payload", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column(
            "occurred_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("story_id", "seq", name=op.f("pk_event")),
    )
    op.create_index("ix_event_occurred_at", "event", ["occurred_at"], unique=False)
    op.create_table(
        "story",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column(
            "style",
            sa.Enum(
                "MOVIE",
                "ANIMATION",
                "REALISTIC",
                name="Style",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("style_prompt", sa.String(), nullable=True),
        sa.Column(
            "aspect_ratio",
            sa.Enum(
                "WIDE_16_9",
                "TALL_9_16",
                "SQUARE_1_1",
                name="AspectRatio",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("shot_count", sa.Integer(), nullable=True),
        sa.Column("auto_render", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING",
                "GENERATING",
                "COMPLETED",
                "FAILED",
                "CANCELED",
                name="Status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "failure", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("event_seq", sa.BigInteger(), nullable=False),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story")),
    )
    op.create_index("ix_story_owner_id_id", "story", ["owner_id", "id"], unique=False)
    op.create_table(
        "shot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("prompt", sa.String(), nullable=False),
        sa.Column("narration", sa.String(), nullable=False),
        sa.Column(
            "transition",
            sa.Enum(
                "KEN_BURNS",
                "CROSSFADE",
                "VOLUME_MIX",
                "CUT",
                name="Transition",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("duration_seconds", sa.Double[float](), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING",
                "GENERATING",
                "COMPLETED",
                "FAILED",
                "CANCELED",
                name="Status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("progress", sa.Double[float](), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("selected_take_id", sa.Uuid(), nullable=True),
        sa.Column(
            "failure", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
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
        sa.ForeignKeyConstraint(
            ["story_id"], ["story.id"], name=op.f("fk_shot_story_id_story"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shot")),
        sa.UniqueConstraint("story_id", "position", deferrable=True, name=op.f("uq_shot_story_id")),
    )
    op.create_table(
        "video",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING",
                "GENERATING",
                "COMPLETED",
                "FAILED",
                "CANCELED",
                name="Status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("progress", sa.Double[float](), nullable=True),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("burn_subtitles", sa.Boolean(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remote_job_id", sa.String(), nullable=True),
        sa.Column("result_url", sa.String(), nullable=True),
        sa.Column("media_key", sa.String(), nullable=True),
        sa.Column("thumbnail_key", sa.String(), nullable=True),
        sa.Column("subtitles_key", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("duration_seconds", sa.Double[float](), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column(
            "failure", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
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
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name=op.f("ck_video_progress_in_range")),
        sa.ForeignKeyConstraint(
            ["story_id"], ["story.id"], name=op.f("fk_video_story_id_story"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_video")),
        sa.UniqueConstraint("story_id", name=op.f("uq_video_story_id")),
    )
    op.create_table(
        "take",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shot_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.String(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING",
                "GENERATING",
                "COMPLETED",
                "FAILED",
                "CANCELED",
                name="Status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("result_url", sa.String(), nullable=True),
        sa.Column("media_key", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column(
            "failure", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
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
        sa.ForeignKeyConstraint(
            ["shot_id"], ["shot.id"], name=op.f("fk_take_shot_id_shot"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_take")),
        sa.UniqueConstraint("shot_id", "number", name=op.f("uq_take_shot_id")),
    )
    op.create_index("ix_shot_selected_take_id", "shot", ["selected_take_id"], unique=False)
    op.create_index(
        "uq_take_open",
        "take",
        ["shot_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('PENDING', 'GENERATING')"),
    )
    # Shot and take reference each other, so one of the keys comes last.
    op.create_foreign_key(
        op.f("fk_shot_selected_take_id_take"),
        "shot",
        "take",
        ["selected_take_id"],
        ["id"],
        ondelete="SET NULL",
    )
    _run_script(QueryBuilderEnvironment().build_install_query())


def downgrade() -> None:
    """Downgrade, for development; on real data migrations go forward only."""
    _run_script(QueryBuilderEnvironment().build_uninstall_query())
    op.drop_constraint(op.f("fk_shot_selected_take_id_take"), "shot", type_="foreignkey")
    op.drop_index("ix_shot_selected_take_id", table_name="shot")
    op.drop_index(
        "uq_take_open",
        table_name="take",
        postgresql_where=sa.text("status IN ('PENDING', 'GENERATING')"),
    )
    op.drop_table("take")
    op.drop_table("video")
    op.drop_table("shot")
    op.drop_index("ix_story_owner_id_id", table_name="story")
    op.drop_table("story")
    op.drop_index("ix_event_occurred_at", table_name="event")
    op.drop_table("event")
