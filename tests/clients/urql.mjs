// urql: HTTP through its fetchExchange, subscriptions through graphql-ws; see journey.mjs.
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { connect, endpoint, FOLLOW, ofShot, ofStory, READ, resuming, RETITLE, tell } from "./journey.mjs";

const socket = connect();
const { variables, advance } = resuming();
const client = new Client({
  url: endpoint,
  preferGetMethod: false,
  exchanges: [
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query }) => ({
        subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
      }),
    }),
  ],
});

tell((await client.query(READ, ofStory).toPromise()).data);
tell((await client.mutation(RETITLE, ofShot).toPromise()).data);

client.subscription(FOLLOW, ofStory).subscribe(({ data }) => advance(data.storyEvents));
