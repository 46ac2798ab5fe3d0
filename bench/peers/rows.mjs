// What every peer in JavaScript reads: the product's own tables, with the statements that it needs.
import pg from "pg";

const BASE = process.env.PEER_MEDIA_URL;

export const typeDefs = /* GraphQL */ `
  enum Status { PENDING GENERATING COMPLETED FAILED CANCELED }
  enum Style { MOVIE ANIMATION REALISTIC }
  enum AspectRatio { WIDE_16_9 TALL_9_16 SQUARE_1_1 }
  enum Motion { STILL CLIP }
  enum Transition { KEN_BURNS CROSSFADE VOLUME_MIX CUT }
  type Shot {
    id: ID! revision: Int! position: Int! title: String! prompt: String! narration: String!
    transition: Transition! motion: Motion! durationSeconds: Float! status: Status!
    progress: Float attempt: Int! imageUrl: String createdAt: String! updatedAt: String!
  }
  type Story {
    id: ID! revision: Int! title: String synopsis: String style: Style! aspectRatio: AspectRatio!
    language: String! motion: Motion! status: Status! createdAt: String! updatedAt: String!
    shots: [Shot!]!
  }
  type StoryConnection { nodes: [Story!]! }
  type Query { story(id: ID!): Story stories(first: Int): StoryConnection! }
`;

const STORY = `id, revision, title, synopsis, style, aspect_ratio, language, motion, status,
  created_at, updated_at`;
const ONE = { name: "one", text: `SELECT ${STORY} FROM story WHERE id = $1 AND owner_id = 'local'` };
const PAGE = {
  name: "page",
  text: `SELECT ${STORY} FROM story WHERE owner_id = 'local' ORDER BY id DESC LIMIT $1`,
};
const SHOTS = {
  name: "shots",
  text: `SELECT shot.id, story_id, revision, position, title, shot.prompt, narration, transition,
      motion, duration_seconds, shot.status, progress, attempt, media_key, shot.created_at,
      shot.updated_at
    FROM shot LEFT JOIN take ON take.id = shot.selected_take_id
    WHERE story_id = ANY($1) ORDER BY story_id, position`,
};

const pool = new pg.Pool({ connectionString: process.env.PEER_DATABASE_URL, max: 10 });

const storyOf = (row) => ({
  id: row.id, revision: row.revision, title: row.title, synopsis: row.synopsis, style: row.style,
  aspectRatio: row.aspect_ratio, language: row.language, motion: row.motion, status: row.status,
  createdAt: row.created_at.toISOString(), updatedAt: row.updated_at.toISOString(),
});
const shotOf = (row) => ({
  id: row.id, revision: row.revision, position: row.position, title: row.title,
  prompt: row.prompt, narration: row.narration, transition: row.transition, motion: row.motion,
  durationSeconds: row.duration_seconds, status: row.status, progress: row.progress,
  attempt: row.attempt, imageUrl: row.media_key && BASE + row.media_key,
  createdAt: row.created_at.toISOString(), updatedAt: row.updated_at.toISOString(),
});

export async function story(id) {
  const { rows } = await pool.query({ ...ONE, values: [id] });
  return rows.length ? storyOf(rows[0]) : null;
}

export async function stories(first) {
  const { rows } = await pool.query({ ...PAGE, values: [first + 1] });
  return { nodes: rows.slice(0, first).map(storyOf) };
}

export async function shotsOf(ids) {
  const { rows } = await pool.query({ ...SHOTS, values: [ids] });
  const found = new Map(ids.map((id) => [id, []]));
  for (const row of rows) found.get(row.story_id).push(shotOf(row));
  return ids.map((id) => found.get(id));
}
