// Mercurius with its JIT on the product's own tables: the same types, the same answers.
// node mercurius.mjs DATABASE_URL MODULES
import { createRequire } from "node:module";
const require = createRequire(process.argv[3] + "/");
const Fastify = require("fastify");
const mercurius = require("mercurius");
const pg = require("pg");

const pool = new pg.Pool({ connectionString: process.argv[2], max: 10 });
const base = "http://127.0.0.1/media/";

const schema = `
  enum Status { PENDING GENERATING COMPLETED FAILED CANCELED }
  enum Transition { KEN_BURNS CROSSFADE VOLUME_MIX CUT }
  type Shot { id: ID! position: Int! title: String! prompt: String! narration: String!
    transition: Transition! durationSeconds: Float! status: Status! imageUrl: String }
  type Story { id: ID! title: String status: Status! createdAt: String! shots: [Shot!]! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type StoryConnection { nodes: [Story!]! pageInfo: PageInfo! }
  type Query { story(id: ID!): Story stories(first: Int = 20): StoryConnection! }
`;

const story = (row) => ({
  id: row.id, title: row.title, status: row.status, createdAt: row.created_at.toISOString(),
});
const shot = (row) => ({
  id: row.id, position: row.position, title: row.title, prompt: row.prompt,
  narration: row.narration, transition: row.transition, durationSeconds: row.duration_seconds,
  status: row.status, imageUrl: row.media_key && base + row.media_key,
});

const ONE = {
  name: "one",
  text: "SELECT id, title, status, created_at FROM story WHERE id = $1 AND owner_id = 'local'",
};
const PAGE = {
  name: "page",
  text: `SELECT id, title, status, created_at FROM story WHERE owner_id = 'local'
    ORDER BY id DESC LIMIT $1`,
};
const SHOTS = {
  name: "shots",
  text: `SELECT shot.id, story_id, position, title, shot.prompt, narration, transition,
    duration_seconds, shot.status, media_key FROM shot
    LEFT JOIN take ON take.id = shot.selected_take_id
    WHERE story_id = ANY($1) ORDER BY story_id, position`,
};

const resolvers = {
  Query: {
    async story(_, { id }) {
      const { rows } = await pool.query({ ...ONE, values: [id] });
      return rows[0] ? story(rows[0]) : null;
    },
    async stories(_, { first }) {
      const { rows } = await pool.query({ ...PAGE, values: [first + 1] });
      const nodes = rows.slice(0, first).map(story);
      const endCursor = nodes.length ? Buffer.from(nodes.at(-1).id).toString("base64") : null;
      return { nodes, pageInfo: { hasNextPage: rows.length > first, endCursor } };
    },
  },
};
const loaders = {
  Story: {
    shots: {
      async loader(queries) {
        const ids = queries.map(({ obj }) => obj.id);
        const { rows } = await pool.query({ ...SHOTS, values: [ids] });
        const found = new Map(ids.map((id) => [id, []]));
        for (const row of rows) found.get(row.story_id).push(shot(row));
        return ids.map((id) => found.get(id));
      },
      opts: { cache: false },
    },
  },
};

const app = Fastify();
app.register(mercurius, { schema, resolvers, loaders, jit: 1 });
await app.listen({ port: 0, host: "127.0.0.1" });
console.log(app.server.address().port);
