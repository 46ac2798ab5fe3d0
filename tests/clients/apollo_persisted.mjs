// Apollo Client 4 with its link of persisted queries: asks three times, tells what went over the wire.
import { createHash } from "node:crypto";
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";

const [uri, method] = process.argv.slice(2);
const sent = [];
const watched = (address, options) => {
  const hasQuery = options.method === "POST" ? "query" in JSON.parse(options.body) : new URL(address).searchParams.has("query");
  sent.push({ method: options.method, hasQuery });
  return fetch(address, options);
};
const link = new PersistedQueryLink({
  sha256: (text) => createHash("sha256").update(text).digest("hex"),
  useGETForHashedQueries: method === "GET",
}).concat(new HttpLink({ uri, fetch: watched }));
const client = new ApolloClient({ cache: new InMemoryCache(), link });

const answers = [];
for (let n = 0; n < 3; n++) {
  const { data } = await client.query({ query: gql`query Who { viewer { id } }`, fetchPolicy: "no-cache" });
  answers.push(data.viewer.id);
}
console.log(JSON.stringify({ answers, sent }));
