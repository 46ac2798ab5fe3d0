"""Work gets a table of its own, in place of columns on its subjects and of charges."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_REMOTE = ("submitted_at", "remote_job_id", "result_url")


def upgrade() -> None:
    """Upgrade."""
    _create_work()
    connection = op.get_bind()
    for statement in (_TAKES, _LOST_TAKES, _SCRIPTS, _CLIPS, _VIDEOS, _CHARGES, _JOBS, _OLD_JOBS):
        connection.exec_driver_sql(statement)  # verbatim: a colon names no parameter
    op.drop_table("charge")
    for table in ("take", "clip", "video"):
        for name in _REMOTE:
            op.drop_column(table, name)
    for table in ("story", "clip", "video"):
        op.drop_column(table, "run")
    op.drop_column("video", "attempt")


def _create_work() -> None:
    op.create_table(
        "work",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            _text_enum("ServiceKind", "SCRIPT", "IMAGE", "VIDEO", "VOICE", "CLIP"),
            nullable=False,
        ),
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column(
            "status",
            _text_enum("Status", "PENDING", "GENERATING", "COMPLETED", "FAILED", "CANCELED"),
            nullable=False,
        ),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("interruptions", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remote_job_id", sa.String(), nullable=True),
        sa.Column("result_url", sa.String(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=True),
        sa.Column(
            "stores", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("units", sa.Integer(), nullable=True),
        sa.Column("price", sa.Numeric(), nullable=True),
        sa.Column("failure", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work")),
    )
    op.create_index("ix_work_story_id", "work", ["story_id"])
    op.create_index(
        "uq_work_open",
        "work",
        ["subject_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('PENDING', 'GENERATING')"),
    )
    op.create_index(
        "ix_work_leftovers",
        "work",
        ["ended_at"],
        postgresql_where=sa.text(
            "ended_at IS NOT NULL AND (cardinality(stores) > 1"
            " OR status <> 'COMPLETED' AND cardinality(stores) > 0)"
        ),
    )


def _text_enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32, create_constraint=True)


# A job's retries are the attempts that were answered. Work that was claimed when the program
# stopped counts as interrupted when it is claimed again, because its status says so. For a picture
# that arrived for a canceled take, only the charge names its provider.
_TAKES = """
    INSERT INTO work (id, kind, story_id, owner_id, subject_id, provider, model, status, attempt,
        interruptions, submitted_at, remote_job_id, result_url, units, price, failure, created_at,
        begun_at, ended_at)
    SELECT take.id, 'IMAGE', story.id, story.owner_id, take.id,
        coalesce(charge.provider, take.provider), coalesce(charge.model, take.model),
        take.status, least(coalesce(job.attempts, 0), greatest(shot.attempt - 1, 0)), 0,
        take.submitted_at, take.remote_job_id, take.result_url, charge.units, charge.price,
        take.failure, take.created_at,
        CASE WHEN take.status <> 'PENDING' THEN take.created_at END,
        CASE WHEN take.status NOT IN ('PENDING', 'GENERATING') THEN
            coalesce(charge.occurred_at, take.updated_at) END
    FROM take
    JOIN shot ON shot.id = take.shot_id
    JOIN story ON story.id = shot.story_id
    LEFT JOIN charge ON charge.id = take.id
    LEFT JOIN pgqueuer AS job ON job.dedupe_key = 'draw:' || take.id || ':1'
    WHERE take.provider <> 'upload'
"""
_LOST_TAKES = """
    INSERT INTO work (id, kind, story_id, owner_id, subject_id, provider, model, status, attempt,
        interruptions, units, price, created_at, ended_at)
    SELECT charge.id, 'IMAGE', story.id, story.owner_id, charge.id, charge.provider, charge.model,
        'COMPLETED', 0, 0, charge.units, charge.price, charge.occurred_at, charge.occurred_at
    FROM charge JOIN story ON story.id = charge.story_id
    WHERE charge.kind = 'IMAGE' AND NOT EXISTS (SELECT FROM work WHERE work.id = charge.id)
"""
_SCRIPTS = """
    INSERT INTO work (id, kind, story_id, owner_id, subject_id, provider, status, attempt,
        interruptions, idempotency_key, created_at, begun_at)
    SELECT gen_random_uuid(), 'SCRIPT', story.id, story.owner_id, story.id,
        coalesce(split_part(job.entrypoint, '.', 2), 'studio'), story.status,
        least(coalesce(job.attempts, 0), greatest(story.attempt - 1, 0)), 0,
        CASE WHEN story.status = 'GENERATING' THEN
            story.id || ':' || story.run || ':' || coalesce(job.attempts, 0) END,
        story.created_at, CASE WHEN story.status = 'GENERATING' THEN story.created_at END
    FROM story
    LEFT JOIN pgqueuer AS job ON job.dedupe_key = 'write_script:' || story.id || ':' || story.run
    WHERE story.status IN ('PENDING', 'GENERATING')
"""
# Of ended work only failures matter: a retry continues with what a service has made.
_CLIPS = """
    INSERT INTO work (id, kind, story_id, owner_id, subject_id, provider, model, status, attempt,
        interruptions, submitted_at, remote_job_id, result_url, idempotency_key, failure,
        created_at, begun_at, ended_at)
    SELECT gen_random_uuid(), 'CLIP', story.id, story.owner_id, clip.id, clip.provider, clip.model,
        clip.status, least(coalesce(job.attempts, 0), greatest(clip.attempt - 1, 0)), 0,
        clip.submitted_at, clip.remote_job_id, clip.result_url, clip.id || ':' || clip.run,
        clip.failure, clip.created_at,
        CASE WHEN clip.status <> 'PENDING' THEN clip.created_at END,
        CASE WHEN clip.status = 'FAILED' THEN clip.updated_at END
    FROM clip
    JOIN take ON take.id = clip.take_id
    JOIN shot ON shot.id = take.shot_id
    JOIN story ON story.id = shot.story_id
    LEFT JOIN pgqueuer AS job ON job.dedupe_key = 'animate:' || clip.id || ':' || clip.run
    WHERE clip.status IN ('PENDING', 'GENERATING', 'FAILED')
"""
# Newer than the charge of the film before: a retry continues with a subject's newest work.
_VIDEOS = """
    INSERT INTO work (id, kind, story_id, owner_id, subject_id, provider, status, attempt,
        interruptions, submitted_at, remote_job_id, result_url, idempotency_key, failure,
        created_at, begun_at, ended_at)
    SELECT gen_random_uuid(), 'VIDEO', story.id, story.owner_id, video.id, video.provider,
        video.status, least(coalesce(job.attempts, 0), greatest(video.attempt - 1, 0)), 0,
        video.submitted_at, video.remote_job_id, video.result_url, video.id || ':' || video.run,
        video.failure, video.updated_at,
        CASE WHEN video.status <> 'PENDING' THEN video.updated_at END,
        CASE WHEN video.status = 'FAILED' THEN video.updated_at END
    FROM video
    JOIN story ON story.id = video.story_id
    LEFT JOIN pgqueuer AS job ON job.dedupe_key = 'render:' || video.id || ':' || video.run
    WHERE video.status IN ('PENDING', 'GENERATING', 'FAILED')
"""
_CHARGES = """
    INSERT INTO work (id, kind, story_id, owner_id, subject_id, provider, model, status, attempt,
        interruptions, units, price, created_at, ended_at)
    SELECT charge.id, charge.kind, story.id, story.owner_id,
        CASE WHEN charge.kind = 'VIDEO' THEN coalesce(video.id, story.id) ELSE story.id END,
        charge.provider, charge.model, 'COMPLETED', 0, 0, charge.units, charge.price,
        charge.occurred_at, charge.occurred_at
    FROM charge
    JOIN story ON story.id = charge.story_id
    LEFT JOIN video ON video.story_id = story.id
    WHERE charge.kind <> 'IMAGE'
"""

# The jobs of open work stay in the queue, with their delays, under their new names.
_JOBS = """
    WITH job AS (
        SELECT id, split_part(entrypoint, '.', 1) AS step,
            substr(entrypoint, strpos(entrypoint, '.') + 1) AS provider,
            convert_from(payload, 'UTF8')::jsonb AS fields
        FROM pgqueuer
    ), renamed AS (
        SELECT job.id, names.step, job.provider, job.fields,
            coalesce(work.id, (job.fields ->> 'subject_id')::uuid) AS work_id,
            work.id IS NOT NULL AS is_work
        FROM job
        JOIN (VALUES ('write_script', 'script'), ('draw', 'image'), ('animate', 'clip'),
            ('render', 'video'), ('abort', 'abort'), ('delete_media', 'delete_media')
        ) AS names(former, step) ON names.former = job.step
        LEFT JOIN work ON work.subject_id = (job.fields ->> 'subject_id')::uuid
            AND work.kind = upper(names.step) AND work.status IN ('PENDING', 'GENERATING')
    )
    UPDATE pgqueuer
    SET entrypoint = renamed.step || '.' || renamed.provider,
        dedupe_key = CASE WHEN is_work THEN renamed.work_id::text ELSE pgqueuer.dedupe_key END,
        payload = convert_to(jsonb_build_object('story_id', renamed.fields -> 'story_id',
            'work_id', renamed.work_id, 'detail', renamed.fields -> 'detail')::text, 'UTF8')
    FROM renamed
    WHERE pgqueuer.id = renamed.id
"""
_OLD_JOBS = """
    DELETE FROM pgqueuer
    WHERE split_part(entrypoint, '.', 1) IN ('script', 'image', 'clip', 'video')
        AND dedupe_key LIKE '%:%'
"""


def downgrade() -> None:
    """Downgrade, for development; on real data migrations go forward only."""
    op.create_table(
        "charge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            _text_enum("ServiceKind", "SCRIPT", "IMAGE", "VIDEO", "VOICE", "CLIP"),
            nullable=False,
        ),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("price", sa.Numeric(), nullable=True),
        sa.Column(
            "occurred_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["story.id"], name=op.f("fk_charge_story_id_story"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge")),
    )
    op.create_index("ix_charge_story_id", "charge", ["story_id"])
    for table in ("take", "clip", "video"):
        op.add_column(table, sa.Column("submitted_at", sa.DateTime(timezone=True)))
        op.add_column(table, sa.Column("remote_job_id", sa.String()))
        op.add_column(table, sa.Column("result_url", sa.String()))
    for table, name in (("story", "run"), ("clip", "run"), ("video", "run"), ("video", "attempt")):
        column = sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("1"))
        op.add_column(table, column)
        op.alter_column(table, name, server_default=None)
    op.execute("DELETE FROM pgqueuer")
    op.drop_table("work")
