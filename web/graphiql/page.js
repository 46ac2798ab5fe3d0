// Starts GraphiQL: queries and mutations over HTTP, subscriptions over graphql-transport-ws. Both get the headers of
// the tab, the latter in the payload of connection_init.
import { GraphiQL, createClient, createElement, createRoot, getOperationAST, setNonce } from "./graphiql.js";

// This file is at graphiql/VERSION/ below the address of the server, which may have a path prefix.
const HOME = new URL("../../", import.meta.url);
const ENDPOINT = new URL("graphql", HOME);
const SOCKET = ENDPOINT.href.replace("http", "ws");

async function send(request, headers) {
  const response = await fetch(ENDPOINT, {
    method: "POST",
    headers: { Accept: "application/json", "Content-Type": "application/json", ...headers },
    body: JSON.stringify(request),
  });
  return response.json();
}

function follow(request, headers) {
  const events = createClient({ url: SOCKET, connectionParams: headers }).iterate(request);
  const next = events.next.bind(events);
  events.next = () => next().catch((error) => Promise.reject(readable(error)));
  return events;
}

function readable(error) {
  return error instanceof CloseEvent ? new Error(`The connection was closed: ${error.code} ${error.reason}`) : error;
}

function fetcher(request, { headers, documentAST } = {}) {
  const operation = documentAST && getOperationAST(documentAST, request.operationName);
  return operation?.operation === "subscription" ? follow(request, headers) : send(request, headers);
}

// Dialogs lock the page behind them by a style element: the policy lets it in by its nonce.
setNonce(document.querySelector("script[nonce]").nonce);

const journey = JSON.parse(document.getElementById("journey").textContent);
// On the first visit: default tabs bring no variables into the editor of the tab that is open.
if (!localStorage.getItem("graphiql:tabState")) {
  localStorage.setItem("graphiql:query", journey[0].query);
  localStorage.setItem("graphiql:variables", journey[0].variables);
}

const logo = createElement("a", { className: "graphiql-logo-link", href: HOME.pathname }, "AI-Story");
createRoot(document.getElementById("graphiql")).render(
  createElement(
    GraphiQL,
    { fetcher, defaultTabs: journey, defaultEditorToolsVisibility: "variables" },
    createElement(GraphiQL.Logo, null, logo),
  ),
);
