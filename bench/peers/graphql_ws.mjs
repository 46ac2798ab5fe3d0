// npm's graphql-ws: any number of subscribers of one story; a mutation over HTTP changes the title of its shot. Prints its port.
import { createServer } from "node:http";
import { buildSchema } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";

const schema = buildSchema(`
  type Query { ok: Boolean }
  type Subscription { storyEvents(storyId: ID!): StoryEvent! }
  type StoryEvent { seq: Int! type: String! cursor: String! occurredAt: String! story: Story shot: Shot }
  type Story { id: ID! revision: Int! status: String! progress: Float shotCounts: ShotCounts! }
  type ShotCounts { completed: Int! }
  type Shot { id: ID! revision: Int! position: Int! status: String! progress: Float imageUrl: String title: String! }
`);
const id = "0197f3a0-5b1c-7cc1-8000-3f2d1a5b6c7d";
const story = { id, revision: 1, status: "COMPLETED", progress: 0.5, shotCounts: { completed: 1 } };
const shot = { id, revision: 1, position: 1, status: "COMPLETED", progress: null, title: "", imageUrl: null };
let seq = 0;
const event = (type, more) => ({ seq, type, cursor: String(seq), occurredAt: new Date().toISOString(), story, ...more });

let change; // what all subscribers wait for
let publish;
const renew = () => (change = new Promise((resolve) => (publish = resolve)));
renew();
const rootValue = {
  async *storyEvents() {
    yield { storyEvents: event("SNAPSHOT", { shot: null }) };
    for (;;) yield { storyEvents: await change };
  },
};
const server = createServer(async (request, response) => {
  let body = "";
  for await (const piece of request) body += piece;
  const { title } = JSON.parse(body).variables;
  seq += 1;
  const now = publish;
  renew();
  const at = Number(process.hrtime.bigint()) / 1e9;
  now(event("SHOT_UPDATED", { shot: { ...shot, title, revision: seq } }));
  response.setHeader("content-type", "application/json").end(JSON.stringify({ data: { at } }));
});
useServer({ schema, roots: { subscription: rootValue } }, new WebSocketServer({ server, path: "/graphql" }));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
