// The audit of GraphQL over HTTP by npm's graphql-http: node audit.mjs URL
import { auditServer } from "graphql-http";

const results = await auditServer({ url: process.argv[2], fetchFn: fetch });
const ok = results.filter((result) => result.status === "ok");
for (const { status, id, name, reason } of results) {
  if (status !== "ok") console.log(status, id, name, reason);
}
console.log(`${ok.length} of ${results.length} ok`);
