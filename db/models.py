"""The tables, for writes and migrations; clients read them as `db.rows`."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Computed,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    MetaData,
    UniqueConstraint,
    Uuid,
    column,
    false,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from uuid_utils.compat import uuid7

from domain import (
    OPEN_STATUSES,
    AspectRatio,
    EventType,
    Motion,
    Scope,
    ServiceKind,
    Status,
    Style,
    TextFormat,
    Transition,
)

_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def status_in(statuses: Iterable[Status]) -> str:
    """The SQL condition that a row has one of the statuses."""
    return f"status IN ({', '.join(repr(str(status)) for status in statuses)})"


IS_OPEN = status_in(OPEN_STATUSES)


def minute_of(moment: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """The beginning of the minute, the same in every time zone."""
    return func.date_bin(text("'1 minute'"), moment, text("'2000-01-01 00:00:00+00'"))


def _text_enum(kind: type) -> Enum:
    """A text column with a check: a native PostgreSQL enum is hard to extend."""
    return Enum(kind, native_enum=False, length=32, create_constraint=True, name=kind.__name__)


class Base(DeclarativeBase):
    """Times are UTC-aware, enums are text, dictionaries are jsonb."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(none_as_null=True),
        list[dict[str, Any]]: JSONB(),
        list[UUID]: ARRAY(Uuid()),
        Status: _text_enum(Status),
        Style: _text_enum(Style),
        TextFormat: _text_enum(TextFormat),
        Transition: _text_enum(Transition),
        AspectRatio: _text_enum(AspectRatio),
        Motion: _text_enum(Motion),
        EventType: _text_enum(EventType),
        Scope: _text_enum(Scope),
        ServiceKind: _text_enum(ServiceKind),
    }


class _Times:
    """When a row was created and last changed."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Story(_Times, Base):
    """The user's request, and everything made from it."""

    __tablename__ = "story"
    __table_args__ = (
        # For lists and, without reading the rows, for their counts.
        Index("ix_story_owner_id_id", "owner_id", "id", postgresql_include=["created_at"]),
        Index(
            "ix_story_status",
            "owner_id",
            "status",
            "id",
            postgresql_include=["created_at", "style"],
        ),
        Index("ix_story_style", "owner_id", "style", "id", postgresql_include=["created_at"]),
        Index("ix_story_title", "owner_id", text("coalesce(title, '')"), "id"),
        Index("ix_story_updated_minute", "owner_id", "updated_minute"),
        Index("ix_story_unindexed", "id", postgresql_where=text("NOT is_indexed")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    owner_id: Mapped[str]
    title: Mapped[str | None]
    synopsis: Mapped[str | None]
    content: Mapped[str]
    text_format: Mapped[TextFormat] = mapped_column(server_default=TextFormat.PLAIN)
    style: Mapped[Style]
    style_prompt: Mapped[str | None]
    aspect_ratio: Mapped[AspectRatio]
    language: Mapped[str]
    shot_count: Mapped[int | None]
    """The requested number of shots; None lets the writer decide."""
    auto_render: Mapped[bool] = mapped_column(default=False)
    motion: Mapped[Motion] = mapped_column(server_default=Motion.STILL)
    """The motion of its new shots."""
    status: Mapped[Status] = mapped_column(default=Status.PENDING)
    failure: Mapped[dict[str, Any] | None]
    attempt: Mapped[int] = mapped_column(default=0)
    event_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    revision: Mapped[int] = mapped_column(default=0)
    updated_minute: Mapped[datetime] = mapped_column(
        Computed(minute_of(column("updated_at")), persisted=True)
    )
    """The minute of `updated_at`, for an index that most events leave alone."""
    is_indexed: Mapped[bool] = mapped_column(server_default=false())
    """Whether `StorySearch` has its present title; a trigger resets it."""


class StorySearch(Base):
    """The title and text of a story in the form in which they are searched; made by a worker."""

    __tablename__ = "story_search"
    __table_args__ = (
        Index(
            "ix_story_search_grams",
            text("story_grams(body)"),
            postgresql_using="gin",
            # In kB. Inserts never sort into the index, which takes seconds.
            postgresql_with={"gin_pending_list_limit": "65536"},
        ),
    )

    story_id: Mapped[UUID] = mapped_column(
        ForeignKey("story.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[str]


class Shot(_Times, Base):
    """One camera set-up of a story, in playing order."""

    __tablename__ = "shot"
    __table_args__ = (
        UniqueConstraint("story_id", "position", deferrable=True),
        # Deleting a take looks for the shot that shows it: without this, 8 s for a story of 100
        # shots.
        Index("ix_shot_selected_take_id", "selected_take_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    story_id: Mapped[UUID] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"))
    position: Mapped[int]
    title: Mapped[str]
    prompt: Mapped[str]
    narration: Mapped[str]
    transition: Mapped[Transition]
    motion: Mapped[Motion] = mapped_column(server_default=Motion.STILL)
    duration_seconds: Mapped[float]
    duration_is_wished: Mapped[bool] = mapped_column(server_default=false())
    """Whether a user or the script asked for this length; otherwise it follows the narration."""
    status: Mapped[Status] = mapped_column(default=Status.PENDING)
    progress: Mapped[float | None]
    attempt: Mapped[int] = mapped_column(default=0)
    selected_take_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("take.id", ondelete="SET NULL", use_alter=True)
    )
    failure: Mapped[dict[str, Any] | None]
    revision: Mapped[int] = mapped_column(default=1)


class Take(_Times, Base):
    """One generation of a shot's picture; filled once, then immutable."""

    __tablename__ = "take"
    __table_args__ = (
        UniqueConstraint("shot_id", "number"),
        # Two concurrent regenerations: the second insert fails, so exactly one wins.
        Index(
            "uq_take_open",
            "shot_id",
            unique=True,
            postgresql_where=text(IS_OPEN),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    shot_id: Mapped[UUID] = mapped_column(ForeignKey("shot.id", ondelete="CASCADE"))
    number: Mapped[int]
    prompt: Mapped[str]
    seed: Mapped[int] = mapped_column(BigInteger)
    provider: Mapped[str]
    model: Mapped[str | None]
    status: Mapped[Status] = mapped_column(default=Status.PENDING)
    media_key: Mapped[str | None]
    digest: Mapped[str | None]
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    width: Mapped[int | None]
    height: Mapped[int | None]
    failure: Mapped[dict[str, Any] | None]


class Clip(_Times, Base):
    """A take's picture in motion; the previous file plays until a new one is stored."""

    __tablename__ = "clip"
    __table_args__ = (CheckConstraint("progress BETWEEN 0 AND 1", name="progress_in_range"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    take_id: Mapped[UUID] = mapped_column(ForeignKey("take.id", ondelete="CASCADE"), unique=True)
    status: Mapped[Status] = mapped_column(default=Status.PENDING)
    progress: Mapped[float | None]
    provider: Mapped[str]
    model: Mapped[str | None]
    media_key: Mapped[str | None]
    digest: Mapped[str | None]
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    duration_seconds: Mapped[float | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    failure: Mapped[dict[str, Any] | None]
    attempt: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=1)


class Video(_Times, Base):
    """The film of a story; the previous file plays until a new one is stored."""

    __tablename__ = "video"
    __table_args__ = (
        CheckConstraint("progress BETWEEN 0 AND 1", name="progress_in_range"),
        # For lists and, without reading the rows, for their counts.
        Index("ix_video_owner_id_id", "owner_id", "id", postgresql_include=["created_at"]),
        Index("ix_video_status", "owner_id", "status", "id", postgresql_include=["created_at"]),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    story_id: Mapped[UUID] = mapped_column(ForeignKey("story.id", ondelete="CASCADE"), unique=True)
    owner_id: Mapped[str] = mapped_column(insert_default=None)
    """The story's, for the indexes of lists; a trigger sets it."""
    status: Mapped[Status] = mapped_column(default=Status.PENDING)
    progress: Mapped[float | None]
    provider: Mapped[str]
    burn_subtitles: Mapped[bool] = mapped_column(default=True)
    media_key: Mapped[str | None]
    thumbnail_key: Mapped[str | None]
    subtitles_key: Mapped[str | None]
    digest: Mapped[str | None]
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    duration_seconds: Mapped[float | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    failure: Mapped[dict[str, Any] | None]
    warnings: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    """What the newest rendering lacks, although it is COMPLETED."""
    revision: Mapped[int] = mapped_column(default=1)


class Work(Base):
    """One piece of work for a story, which is claimed, submitted, fetched and charged.

    Its state for clients is stored on its subject. There are no foreign keys: the table is also the
    ledger, which outlives its subjects.
    """

    __tablename__ = "work"
    __table_args__ = (
        Index("ix_work_story_id", "story_id"),
        # One subject has at most one piece of open work.
        Index(
            "uq_work_open",
            "subject_id",
            unique=True,
            postgresql_where=text(IS_OPEN),
        ),
        # Files that ended work may have left in the media store.
        Index(
            "ix_work_leftovers",
            "ended_at",
            postgresql_where=text(
                "ended_at IS NOT NULL AND (cardinality(stores) > 1"
                " OR status <> 'COMPLETED' AND cardinality(stores) > 0)"
            ),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    """The job's key in the queue and at services; the work of a take has the take's ID."""
    kind: Mapped[ServiceKind]
    story_id: Mapped[UUID]
    owner_id: Mapped[str]
    subject_id: Mapped[UUID]
    """The story, take, clip or video that shows the result."""
    provider: Mapped[str]
    model: Mapped[str | None]
    status: Mapped[Status] = mapped_column(default=Status.PENDING)
    attempt: Mapped[int] = mapped_column(default=0)
    """Answers of services that did not contain the result."""
    interruptions: Mapped[int] = mapped_column(default=0)
    """Claims without an answer: crashes and restarts, of workers and of PostgreSQL."""
    submitted_at: Mapped[datetime | None]
    """The intent, written before a remote job is submitted: we may die before its ID is known."""
    remote_job_id: Mapped[str | None]
    result_url: Mapped[str | None]
    """The address of the result at the service: from here on only the download is repeated."""
    idempotency_key: Mapped[str | None]
    """The services' key of work that began before this table existed; null means its ID."""
    stores: Mapped[list[UUID]] = mapped_column(server_default=text("'{}'"))
    """Names under which its claims may have stored files; completed work shows the last one."""
    units: Mapped[int | None]
    """Scripts, pictures, films, spoken characters, or seconds of clips; null is not charged."""
    price: Mapped[Decimal | None]
    """For all units, in the currency of the settings; null is unknown."""
    failure: Mapped[dict[str, Any] | None]
    """The reason of its failure, or of its last failed attempt."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class IdempotencyKey(Base):
    """A creating mutation that was done under a key: a repeated call returns the same object."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index("ix_idempotency_key_created_at", "created_at"),)

    owner_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    """SHA-256 of the mutation's name and input."""
    subject_id: Mapped[UUID | None]
    """What it created or changed; null only inside the transaction that does it."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TrustedDocument(Base):
    """A GraphQL document that the operator has registered; clients send only its digest."""

    __tablename__ = "trusted_document"

    digest: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the body, in hexadecimal."""
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ApiKey(Base):
    """A key that lets programs act for an owner; only the digest of the key is stored."""

    __tablename__ = "api_key"
    __table_args__ = (
        Index(
            "uq_api_key_name_of_valid",
            "name",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str]
    owner_id: Mapped[str]
    scope: Mapped[Scope]
    digest: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the key, in hexadecimal: a key is random, so a slow hash would add nothing."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    """The time of its last use, accurate to an hour."""


class Secret(Base):
    """A signing secret of the fleet; created by the first process that needs it."""

    __tablename__ = "secret"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ProviderPause(Base):
    """A service that the whole fleet pauses until `until`; the row remains until a call succeeds.

    `since` is the first of its refusals.
    """

    __tablename__ = "provider_pause"

    kind: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime]


class Event(Base):
    """A past-tense fact about a story. No foreign key: the last event outlives its story."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_occurred_at", "occurred_at"),)

    story_id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    type: Mapped[EventType]
    shot_id: Mapped[UUID | None]
    video_id: Mapped[UUID | None]
    payload: Mapped[dict[str, Any] | None]
    occurred_at: Mapped[datetime] = mapped_column(server_default=func.now())
