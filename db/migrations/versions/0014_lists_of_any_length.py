"""Indexes for every list of stories and films, and for searches, for owners with many."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# As 64-bit numbers of up to three code points, which never collide. Three letters or digits below
# U+2E80 make a gram too, because few pairs of an alphabet are rare.
_GRAMS = """
    CREATE FUNCTION story_grams(body text) RETURNS bigint[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
    DECLARE
        letters text[] := string_to_array(body, NULL);
        grams bigint[] := '{}';
        n int := 0;
        a bigint;
        b bigint := 0;
        c bigint := 0;
    BEGIN
        FOR i IN REVERSE cardinality(letters)..1 LOOP
            a := ascii(letters[i]);
            n := n + 1;
            grams[n] := a;
            IF b > 0 THEN
                n := n + 1;
                grams[n] := a << 21 | b;
                IF a BETWEEN 48 AND 11903 AND b BETWEEN 48 AND 11903 AND c BETWEEN 48 AND 11903 THEN
                    n := n + 1;
                    grams[n] := (a << 42) | (b << 21) | c;
                END IF;
            END IF;
            c := b;
            b := a;
        END LOOP;
        RETURN grams;
    END
    $$
"""
_FORGET = """
    CREATE FUNCTION story_forget_index() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.is_indexed := false;
        RETURN NEW;
    END
    $$
"""
_TRIGGER = """
    CREATE TRIGGER story_forget_index BEFORE UPDATE OF title, content ON story FOR EACH ROW
    WHEN (OLD.is_indexed AND (OLD.title, OLD.content) IS DISTINCT FROM (NEW.title, NEW.content))
    EXECUTE FUNCTION story_forget_index()
"""
# For processes of the version before, too, which run beside this one during an update.
_NAME_OWNER = """
    CREATE FUNCTION video_name_owner() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.owner_id := (SELECT owner_id FROM story WHERE id = NEW.story_id);
        RETURN NEW;
    END
    $$
"""
_OWNER_TRIGGER = """
    CREATE TRIGGER video_name_owner BEFORE INSERT ON video FOR EACH ROW
    WHEN (NEW.owner_id IS NULL) EXECUTE FUNCTION video_name_owner()
"""
_MINUTE = "date_bin('1 minute', updated_at, '2000-01-01 00:00:00+00')"


def upgrade() -> None:
    """Upgrade. The texts of existing stories are indexed afterwards, by the workers."""
    op.add_column(
        "story",
        sa.Column(
            "updated_minute",
            sa.DateTime(timezone=True),
            sa.Computed(_MINUTE, persisted=True),
            nullable=False,
        ),
    )
    is_indexed = sa.Column("is_indexed", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("story", is_indexed)
    op.add_column("video", sa.Column("owner_id", sa.String(), nullable=True))
    op.execute("UPDATE video SET owner_id = story.owner_id FROM story WHERE story.id = story_id")
    for statement in (_NAME_OWNER, _OWNER_TRIGGER):
        op.get_bind().exec_driver_sql(statement)
    op.alter_column("video", "owner_id", nullable=False)
    op.drop_index("ix_story_owner_id_id", "story")
    for name, columns, included in (
        ("ix_story_owner_id_id", ["owner_id", "id"], ["created_at"]),
        ("ix_story_status", ["owner_id", "status", "id"], ["created_at", "style"]),
        ("ix_story_style", ["owner_id", "style", "id"], ["created_at"]),
        ("ix_story_title", ["owner_id", sa.text("coalesce(title, '')"), "id"], []),
        ("ix_story_updated_minute", ["owner_id", "updated_minute"], []),
        ("ix_video_owner_id_id", ["owner_id", "id"], ["created_at"]),
        ("ix_video_status", ["owner_id", "status", "id"], ["created_at"]),
    ):
        table = name.split("_")[1]
        op.create_index(name, table, columns, postgresql_include=included)
    unindexed = sa.text("NOT is_indexed")
    op.create_index("ix_story_unindexed", "story", ["id"], postgresql_where=unindexed)
    # Counts read no rows of pages that vacuum has seen.
    op.execute("ALTER TABLE story SET (autovacuum_vacuum_scale_factor = 0.02)")
    op.execute("ALTER TABLE story SET (autovacuum_vacuum_insert_scale_factor = 0.02)")
    _create_search()


def _create_search() -> None:
    connection = op.get_bind()
    for statement in (_GRAMS, _FORGET, _TRIGGER):
        connection.exec_driver_sql(statement)  # verbatim: a colon names no parameter
    op.create_table(
        "story_search",
        sa.Column("story_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"],
            ["story.id"],
            name=op.f("fk_story_search_story_id_story"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_story_search")),
    )
    op.create_index(
        "ix_story_search_grams",
        "story_search",
        [sa.text("story_grams(body)")],
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": "65536"},
    )
    # Statistics of a thousand values per row take minutes, and every search uses the index anyway.
    op.execute("ALTER INDEX ix_story_search_grams ALTER COLUMN 1 SET STATISTICS 0")


def downgrade() -> None:
    """Downgrade, for development; on real data migrations go forward only."""
    op.drop_table("story_search")
    op.execute("DROP TRIGGER story_forget_index ON story")
    op.execute("DROP TRIGGER video_name_owner ON video")
    op.execute("DROP FUNCTION video_name_owner")
    op.execute("DROP FUNCTION story_forget_index")
    op.execute("DROP FUNCTION story_grams")
    op.execute("ALTER TABLE story RESET (autovacuum_vacuum_scale_factor)")
    op.execute("ALTER TABLE story RESET (autovacuum_vacuum_insert_scale_factor)")
    for name in ("unindexed", "updated_minute", "title", "style", "status", "owner_id_id"):
        op.drop_index(f"ix_story_{name}", "story")
    op.create_index("ix_story_owner_id_id", "story", ["owner_id", "id"])
    op.drop_column("video", "owner_id")
    op.drop_column("story", "is_indexed")
    op.drop_column("story", "updated_minute")
