// Sends the operations of standard input in turn, on some connections; prints autocannon's figures.
import autocannon from "autocannon";

let input = "";
for await (const piece of process.stdin) input += piece;
const { url, connections, seconds, operations } = JSON.parse(input);
const outcome = await autocannon({
  url, connections, duration: seconds, method: "POST",
  headers: { "content-type": "application/json" },
  requests: operations.map((operation) => ({ body: JSON.stringify(operation) })),
});
console.log(JSON.stringify(outcome));
