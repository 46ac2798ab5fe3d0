// graphql-ws by itself, for everything: see journey.mjs.
import { connect, FOLLOW, ofShot, ofStory, READ, resuming, RETITLE, tell } from "./journey.mjs";

const client = connect();
const ask = async (query, variables) => {
  for await (const { data } of client.iterate({ query, variables })) return data;
};

tell(await ask(READ, ofStory));
tell(await ask(RETITLE, ofShot));

const { variables, advance } = resuming();
for await (const { data } of client.iterate({ query: FOLLOW, variables })) advance(data.storyEvents);
