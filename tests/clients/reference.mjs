// The protocol's reference server, npm's graphql-ws, with one endless subscription: prints its port, ends with stdin.
import { buildSchema } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";

const schema = buildSchema("type Query { ok: Boolean } type Subscription { endless: Boolean }");
const subscribe = async function* () {
  yield { data: { endless: true } };
  await new Promise(() => {});
};
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", path: "/graphql" });
useServer({ schema, subscribe }, server);
server.once("listening", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit()).resume();
