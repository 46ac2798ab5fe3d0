// GraphQL Yoga with a dataloader per request; prints its port.
import { createServer } from "node:http";
import DataLoader from "dataloader";
import { createSchema, createYoga } from "graphql-yoga";
import { shotsOf, stories, story, typeDefs } from "./rows.mjs";

const yoga = createYoga({
  logging: false,
  schema: createSchema({
    typeDefs,
    resolvers: {
      Query: {
        story: (_, { id }) => story(id),
        stories: (_, { first }) => stories(first ?? 20),
      },
      Story: { shots: ({ id }, _, { shots }) => shots.load(id) },
    },
  }),
  context: () => ({ shots: new DataLoader(shotsOf) }),
});
const server = createServer(yoga);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
