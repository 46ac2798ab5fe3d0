"""Whether a shot's length was set explicitly is stored on its row.

Until now a length counted as explicit if it differed from the estimate for its narration.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BATCH = 1_000
_NEXT = sa.text(
    """
    SELECT shot.id, shot.duration_seconds, shot.narration, story.language
    FROM shot JOIN story ON story.id = shot.story_id
    WHERE shot.id > :after
    ORDER BY shot.id
    LIMIT :batch
    """
).bindparams(batch=_BATCH)
_MARK = sa.text("UPDATE shot SET duration_is_wished = true WHERE id = ANY(:shot_ids)")


def upgrade() -> None:
    """Upgrade."""
    op.add_column(
        "shot",
        sa.Column("duration_is_wished", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    connection = op.get_bind()
    after = UUID(int=0)
    while rows := connection.execute(_NEXT, {"after": after}).all():
        wished = [
            shot_id
            for shot_id, seconds, narration, language in rows
            if not math.isclose(seconds, _estimated_seconds(narration, language))
        ]
        connection.execute(_MARK, {"shot_ids": wished})
        after = rows[-1][0]


def downgrade() -> None:
    """Downgrade, for development; on real data migrations go forward only."""
    op.drop_column("shot", "duration_is_wished")


# The estimate at the time of this migration: a migration must not change with the program.

_SPACES = re.compile(r"[^\S\u00a0\u2007\u202f]+")
_KEPT = frozenset(map(chr, (0x200C, 0x200D, *range(0xE0020, 0xE0080))))
_SENTENCE_END = re.compile(r"[。！？；…!?]+|[.;]+(?=\s|$)")
_CLAUSE_END = re.compile(r"[，、：—,:]+")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_WIDE_PER_S = {"zh": 4.2, "ja": 6.5, "ko": 5.0}


def _estimated_seconds(narration: str, language: str) -> float:
    text = _clean(narration)
    primary = (language or "zh").partition("-")[0].lower()
    wide = sum(_is_wide(character) and character.isalpha() for character in text)
    narrow = "".join(" " if _is_wide(character) else character for character in text)
    seconds = (
        0.8
        + wide / _WIDE_PER_S.get(primary, 4.2)
        + len(_WORD.findall(narrow)) / 2.6
        + len(_SENTENCE_END.findall(text)) * 0.45
        + len(_CLAUSE_END.findall(text)) * 0.25
    )
    return min(max(seconds, 2.5), 20.0)


def _clean(text: str) -> str:
    kept = (
        "\u00a0" if character.isspace() and character != " " else character
        for character in _SPACES.sub(" ", text).strip()
        if character in _KEPT or not _is_invisible(character)
    )
    return _SPACES.sub(" ", "".join(kept)).strip()


def _is_invisible(character: str) -> bool:
    category = unicodedata.category(character)
    is_noncharacter = ord(character) & 0xFFFE == 0xFFFE or "\ufdd0" <= character <= "\ufdef"
    return category in ("Cc", "Cf", "Cs", "Co") or (category == "Cn" and is_noncharacter)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"
