"""The data of a service that was used for a year, made by set-based SQL in minutes.

All of it belongs to one owner, and the clock of each story is its place in the year. Texts are
sentences of a vocabulary in which few words are common and most are rare, one half English and one
half Chinese, and each text names a person whom hardly another one names.
"""

import random
from dataclasses import dataclass

from db.connections import Connection

OWNER = "local"
WORD = "lantern"
"""In about every third English text; `xylograph` is in one."""
SENTENCES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many rows there are; each story has as many shots and events as the others."""

    stories: int = 200_000
    shots: int = 1_600_000
    events: int = 5_000_000
    films: int = 100_000
    open_works: int = 10_000


def _words(rng: random.Random) -> list[str]:
    """English-looking words, the common ones first."""
    common = "the of and to a in that it was he for on with his as at by she had not but from"
    onsets, vowels = (
        "b br c ch d dr f g gr h j k l m n p pl qu r s sh st t th tr v w z",
        "a e i o u",
    )
    ends = "n r st ck ll m ng nk rt p th l d x ry ly ter ton"
    syllable = [
        onset + vowel + rng.choice(ends.split())
        for onset in onsets.split()
        for vowel in vowels.split()
    ]
    made = {
        rng.choice(syllable) + (rng.choice(syllable) if rng.random() < 0.6 else "")
        for _ in range(12_000)
    }
    return [*common.split(), WORD, *sorted(made)]


def _characters() -> list[str]:
    """The level-one characters of GB 2312."""
    pairs = (bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return [pair.decode("gb2312", errors="ignore") for pair in pairs if pair < b"\xd7\xfa"]


def sentences(rng: random.Random) -> tuple[list[str], list[str]]:
    """Sentences in English and in Chinese, of words by Zipf's law."""
    words, characters = _words(rng), _characters()
    rng.shuffle(characters)

    def told(pool: list[str], least: int, most: int) -> list[str]:
        weights = [1 / (rank + 5) for rank in range(len(pool))]
        picked = iter(rng.choices(pool, weights, k=SENTENCES * most))
        return [
            joiner.join(next(picked) for _ in range(rng.randint(least, most)))
            for _ in range(SENTENCES)
        ]

    joiner = " "
    english = [f"{sentence.capitalize()}." for sentence in told(words, 6, 16)]
    joiner = ""
    chinese = [f"{sentence}。" for sentence in told(characters, 8, 24)]
    return english, chinese


_SENTENCES = """
    CREATE UNLOGGED TABLE bench_sentence AS
    SELECT language, (row_number() OVER (PARTITION BY language))::int AS n, sentence
    FROM unnest($1::text[], $2::text[]) AS s(english, chinese),
        LATERAL (VALUES (0, english), (1, chinese)) AS told(language, sentence)
"""
_STORIES = """
    INSERT INTO story (id, owner_id, title, content, style, aspect_ratio, language, status,
        auto_render, attempt, event_seq, revision, is_indexed, created_at, updated_at)
    SELECT uuidv7(at - now()), $1,
        (SELECT left(sentence, 40) FROM bench_sentence
            WHERE language = number % 2 AND n = 1 + (number * 7919::bigint) % $3::int),
        told.content || ' Q' || to_hex(number)
            || CASE WHEN number = $2::int / 2 THEN ' A xylograph. 龘䶮' ELSE '' END,
        CASE WHEN number % 5 = 0 THEN 'ANIMATION' ELSE 'MOVIE' END, 'WIDE_16_9',
        CASE WHEN number % 2 = 0 THEN 'en' ELSE 'zh' END,
        CASE WHEN number % 25 = 0 THEN 'FAILED' WHEN number % 33 = 0 THEN 'CANCELED'
            ELSE 'COMPLETED' END,
        false, 1, $4::int, $4::int, true, at, at + interval '1 hour' * (random() * 24)
    FROM (
        SELECT number, now() - interval '1 year' * (1 - number::float8 / ($2::int + 1)) AS at
        FROM generate_series(1, $2::int) AS number
    ) AS story, LATERAL (
        SELECT string_agg((
            SELECT sentence FROM bench_sentence WHERE language = number % 2
                AND n = 1 + (hashint8(number * 64::bigint + place) & 2147483647) % $3::int
        ), CASE WHEN number % 2 = 0 THEN ' ' ELSE '' END) AS content
        FROM generate_series(1, CASE WHEN number % 2 = 0 THEN 8 ELSE 32 END + number * 31 % 16)
            AS place
    ) AS told
    ORDER BY number
"""
_SHOTS = """
    INSERT INTO shot (id, story_id, position, title, prompt, narration, transition,
        duration_seconds, status, attempt, selected_take_id, revision, created_at, updated_at)
    SELECT uuidv7(story.created_at - now()), story.id, position, 'Shot ' || position,
        told.sentence || ' ' || told.sentence, told.sentence, 'CUT', 4, 'COMPLETED', 1,
        uuidv7(story.created_at - now()), 3,
        story.created_at, story.updated_at
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM story) AS story,
        generate_series(1, $1::int) AS position
    JOIN LATERAL (SELECT sentence FROM bench_sentence WHERE language = story.n % 2
        AND bench_sentence.n = 1 + (story.n * 13 + position) % $2::int OFFSET 0) AS told ON true
"""
_TAKES = """
    INSERT INTO take (id, shot_id, number, prompt, seed, provider, model, status, media_key, digest,
        size_bytes, width, height, created_at, updated_at)
    SELECT selected_take_id, id, 1, prompt, 7, 'origin', 'm', 'COMPLETED',
        story_id || '/' || id || '.png', md5(id::text), 100000, 1280, 720, created_at, updated_at
    FROM shot
"""
_FILMS = """
    INSERT INTO video (id, story_id, owner_id, status, provider, burn_subtitles, media_key,
        size_bytes, duration_seconds, width, height, revision, created_at, updated_at)
    SELECT uuidv7(created_at - now()), id, owner_id,
        CASE WHEN n % 20 = 0 THEN 'FAILED' ELSE 'COMPLETED' END, 'studio', true, id || '/film.mp4',
        1000000, 32, 1280, 720, 2, created_at, updated_at
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM story) AS story
    WHERE n % ($1::int / $2::int) = 0
"""
_WORKS = """
    INSERT INTO work (id, kind, story_id, owner_id, subject_id, provider, status, attempt,
        interruptions, stores, units, price, created_at, begun_at, ended_at)
    SELECT take.id, 'IMAGE', shot.story_id, $1, take.id, 'origin', 'COMPLETED', 0, 0,
        ARRAY[gen_random_uuid()], 1, 0.01, take.created_at, take.created_at, take.updated_at
    FROM take JOIN shot ON shot.id = take.shot_id
    UNION ALL
    SELECT uuidv7(created_at - now()), 'SCRIPT', id, $1, id, 'origin', 'COMPLETED', 0, 0,
        ARRAY[gen_random_uuid()], 1, 0.01, created_at, created_at, updated_at FROM story
    UNION ALL
    SELECT uuidv7(video.created_at - now()), 'VIDEO', story_id, $1, id, 'studio', 'COMPLETED', 0, 0,
        ARRAY[gen_random_uuid()], 1, 0, created_at, created_at, updated_at FROM video
"""
_OPEN_WORKS = """
    UPDATE work SET status = 'PENDING', stores = '{}', begun_at = NULL, ended_at = NULL
    WHERE id IN (SELECT id FROM work WHERE kind = 'IMAGE' ORDER BY id DESC LIMIT $1)
"""
_JOBS = """
    INSERT INTO pgqueuer (priority, status, entrypoint, payload, dedupe_key)
    SELECT 0, 'queued', 'image.origin', convert_to(json_build_object('story_id', story_id,
        'work_id', id, 'detail', '')::text, 'UTF8'), id::text
    FROM work WHERE status = 'PENDING' ORDER BY id
"""
_SEARCHED = """
    INSERT INTO story_search
    SELECT id, lower(concat_ws(chr(10), title, content)) FROM story ORDER BY id
"""
_EVENTS = """
    INSERT INTO event (story_id, seq, type, occurred_at)
    SELECT id, seq, 'STORY_UPDATED', now() - interval '8 days' * (1 - n::float8 / $2::int)
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM story) AS story,
        generate_series(1, $1::int) AS seq
"""


async def grow(connection: Connection, size: Size) -> None:
    """Fill the migrated, empty database, and let PostgreSQL know it."""
    await connection.execute("SET session_replication_role = replica")  # no checks of foreign keys
    english, chinese = sentences(random.Random(1))
    await connection.execute(_SENTENCES, english, chinese)
    await connection.execute("CREATE INDEX ON bench_sentence (language, n) INCLUDE (sentence)")
    await connection.execute("ANALYZE bench_sentence")
    seqs = size.events // size.stories
    await connection.execute(_STORIES, OWNER, size.stories, SENTENCES, seqs)
    await connection.execute(_SHOTS, size.shots // size.stories, SENTENCES)
    await connection.execute(_TAKES)
    await connection.execute(_FILMS, size.stories, size.films)
    await connection.execute(_WORKS, OWNER)
    await connection.execute(_OPEN_WORKS, size.open_works)
    await connection.execute(_JOBS)
    await connection.execute(_EVENTS, seqs, size.stories)
    await connection.execute("DROP TABLE bench_sentence")
    await index(connection)
    await connection.execute("VACUUM ANALYZE")


async def index(connection: Connection) -> None:
    """Index all texts for searches at once: row by row it would take half an hour."""
    await connection.execute("SET maintenance_work_mem = '512MB'")
    made = await connection.fetchval("SELECT pg_get_indexdef('ix_story_search_grams'::regclass)")
    await connection.execute("DROP INDEX ix_story_search_grams")
    await connection.execute(_SEARCHED)
    await connection.execute(str(made))
    await connection.execute("ALTER INDEX ix_story_search_grams ALTER COLUMN 1 SET STATISTICS 0")
