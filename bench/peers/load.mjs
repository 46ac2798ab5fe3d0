// Sends the operations of standard input in turn, on some connections; prints autocannon's figures.
import autocannon from "autocannon";

let input = "";
for await (const piece of process.stdin) input += piece;
const { url, connections, seconds, operations } = JSON.parse(input);
const requestOf = ({ path, body }) =>
  body
    ? {
        path, method: "POST", body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      }
    : { path, method: "GET" };
const requests = operations.map(requestOf);
console.log(JSON.stringify(await autocannon({ url, connections, duration: seconds, requests })));
