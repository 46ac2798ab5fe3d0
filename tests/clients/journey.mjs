// What every client here does: reads a story, changes it, and follows it over any number of connections.
// node CLIENT.mjs URL STORY SHOT TITLE; one line of JSON for each answer, until stdin ends.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, story, shot, title] = process.argv.slice(2);
process.stdin.on("end", () => process.exit()).resume();

export const endpoint = `${url}/graphql`;
export const READ = "query Read($story: ID!) { story(id: $story) { id status } }";
export const RETITLE = `mutation Retitle($shot: ID!, $title: String!) {
  updateShot(input: { id: $shot, title: $title }) { shot { id title } userErrors { code } }
}`;
export const FOLLOW = `subscription Follow($story: ID!, $after: EventCursor) {
  storyEvents(storyId: $story, after: $after) { seq type cursor shot { id title } }
}`;
export const ofStory = { story };
export const ofShot = { shot, title };

export const tell = (answer) => console.log(JSON.stringify(answer));

/** A socket that is opened again whenever it closes; the usual second between attempts is too long for a test. */
export const connect = () =>
  createClient({
    url: endpoint.replace("http", "ws"),
    webSocketImpl: WebSocket,
    retryAttempts: Infinity,
    shouldRetry: () => true, // also when nobody listens yet
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
  });

/** Variables that always go on where the last event left off: graphql-ws reads them at each connection. */
export const resuming = () => {
  let cursor = null;
  return {
    variables: {
      ...ofStory,
      get after() {
        return cursor;
      },
    },
    advance(event) {
      cursor = event.cursor;
      tell(event);
    },
  };
};
