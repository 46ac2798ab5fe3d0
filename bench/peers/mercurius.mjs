// Mercurius with its JIT; prints its port.
import Fastify from "fastify";
import mercurius from "mercurius";
import { shotsOf, stories, story, typeDefs } from "./rows.mjs";

const app = Fastify();
app.register(mercurius, {
  schema: typeDefs,
  jit: 1,
  resolvers: {
    Query: {
      story: (_, { id }) => story(id),
      stories: (_, { first }) => stories(first ?? 20),
    },
  },
  loaders: {
    Story: {
      shots: {
        loader: (queries) => shotsOf(queries.map(({ obj }) => obj.id)),
        opts: { cache: false },
      },
    },
  },
});
await app.listen({ port: 0, host: "127.0.0.1" });
console.log(app.server.address().port);
