// @ts-check
// The GraphQL client: queries and mutations over HTTP, subscriptions over one WebSocket. Nothing is polled.
// Only the bytes of files use other endpoints, because GraphQL carries none.
import { forgetDrafts } from "./drafts.js";
import { HOME } from "./home.js";
import { createClient, signal } from "./vendor/libraries.js";

/** Another server of the same host, below another prefix, has a key of its own. */
const KEY = `ai-story-key${HOME}`;
const LONGEST_PAUSE_MS = 4_000;
const SIGN_OF_LIFE_MS = 5_000;
const UNAUTHENTICATED = 4401;
const EXPIRED = 4403;

/** Whether changes arrive at the moment. @typedef {"connecting" | "live" | "reconnecting" | "offline"} Link */
/** Why a key is needed. @typedef {"missing" | "refused" | "expired"} KeyWish */

export const link = signal(/** @type {Link} */ ("connecting"));
/** Set while the server requires a key. */
export const keyWish = signal(/** @type {KeyWish | null} */ (null));
export const hasKey = signal(sessionStorage.getItem(KEY) !== null);

/** The server's error response; `code` is for programs, UNREACHABLE if there was no response. */
export class AskError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** @returns {Record<string, string>} */
function credentials() {
  const key = sessionStorage.getItem(KEY);
  return key === null ? {} : { authorization: `Bearer ${key}` };
}

/** @param {KeyWish} reason */
function wantKey(reason) {
  if (keyWish.value === "expired") return; // the one that says most
  keyWish.value = hasKey.value ? reason : "missing";
}

/**
 * The data of one query or mutation.
 * @param {string} query
 * @param {Record<string, unknown>} [variables]
 * @returns {Promise<any>} in the shape of the document in operations.js
 * @throws {AskError}
 */
export async function ask(query, variables = {}) {
  let answer;
  try {
    const response = await fetch(`${HOME}graphql`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", ...credentials() },
      body: JSON.stringify({ query, variables }),
    });
    answer = await response.json();
  } catch {
    proveAlive();
    throw new AskError("UNREACHABLE", "The server does not answer.");
  }
  const error = answer.errors?.[0];
  if (error) {
    const code = error.extensions?.code ?? "INTERNAL_SERVER_ERROR";
    if (code === "UNAUTHENTICATED") wantKey("refused");
    throw new AskError(code, error.message);
  }
  if (!answer.data) throw new AskError("INTERNAL_SERVER_ERROR", answer.message ?? "The answer cannot be read.");
  return answer.data;
}

/**
 * The content of a text file; the server detects its encoding unless one is given.
 * @param {File} file
 * @param {string} [encoding]
 * @returns {Promise<{ status: number, message: string, read: import("./types").ReadText | null }>} status 0: no response
 */
export async function readText(file, encoding) {
  const wish = encoding ? `?${new URLSearchParams({ encoding })}` : "";
  try {
    const headers = { "Content-Type": "application/octet-stream", ...credentials() };
    const response = await fetch(`${HOME}texts${wish}`, { method: "POST", headers, body: file });
    const { code, message, data } = await response.json();
    if (code === 401) wantKey("refused");
    return { status: code, message, read: data };
  } catch {
    proveAlive();
    return { status: 0, message: "", read: null };
  }
}

/** @type {import("graphql-ws").Client | undefined} */
let client;
/** @type {WebSocket | undefined} */
let socket;
let wasLive = false;
let generation = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let patience;

/** Open the WebSocket and keep it open; it reconnects by itself, and `link` has its state. */
export function connect() {
  Promise.resolve(client?.dispose()).catch(() => {}); // it rejects when its socket closes before it opens
  generation += 1;
  const mine = generation;
  client = createClient({
    url: `${location.origin.replace("http", "ws")}${HOME}graphql`,
    lazy: false,
    connectionParams: credentials,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => keyWish.value === null,
    retryWait: pause,
    onNonLazyError: () => {}, // told by `closed` already
    on: {
      connected: (opened) => {
        if (mine !== generation) return;
        socket = /** @type {WebSocket} */ (opened);
        wasLive = true;
        link.value = "live";
      },
      message: () => clearTimeout(patience),
      closed: (event) => {
        if (mine === generation) noteClosed(/** @type {CloseEvent} */ (event).code);
      },
    },
  });
}

/** @param {number} code */
function noteClosed(code) {
  clearTimeout(patience);
  socket = undefined;
  if (code === UNAUTHENTICATED) wantKey("refused");
  if (code === EXPIRED) wantKey("expired");
  link.value = !navigator.onLine ? "offline" : wasLive ? "reconnecting" : "connecting";
}

/** Longer with each try, with jitter, and over at once when the network is back. @param {number} tries */
async function pause(tries) {
  if (!navigator.onLine) await new Promise((resolve) => addEventListener("online", resolve, { once: true }));
  const pauseMs = Math.min(LONGEST_PAUSE_MS, 200 * 2 ** tries) * (0.5 + Math.random() / 2);
  await new Promise((resolve) => setTimeout(resolve, pauseMs));
}

/** After a sleep or a failure: a socket that does not answer a ping is dead, even without a close event. */
function proveAlive() {
  if (socket?.readyState !== WebSocket.OPEN) return;
  clearTimeout(patience);
  patience = setTimeout(() => client?.terminate(), SIGN_OF_LIFE_MS);
  socket.send('{"type":"ping"}');
}

addEventListener("offline", () => {
  link.value = "offline";
  client?.terminate();
});
addEventListener("online", () => {
  if (link.value === "offline") link.value = "reconnecting";
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) proveAlive();
});

/**
 * Follow a subscription until it is unsubscribed, ends, or is refused. It survives lost connections, also the server's
 * connection to its database.
 * @param {string} query
 * @param {Record<string, unknown>} variables read again on every reconnection: a cursor in it ensures that nothing is missed
 * @param {{ next: (data: any) => void, ended?: (error: AskError | null) => void }} listener
 * @returns {() => void} unsubscribes
 */
export function follow(query, variables, { next, ended = () => {} }) {
  let leave = () => {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let repeat;
  /** @param {AskError} error */
  const refused = (error) => {
    if (error.code === "DATABASE_UNAVAILABLE") repeat = setTimeout(begin, LONGEST_PAUSE_MS);
    else ended(error);
  };
  function begin() {
    if (!client) throw new Error("connect() comes first");
    repeat = undefined;
    leave = client.subscribe(
      { query, variables },
      {
        next: ({ data, errors }) => (data ? next(data) : refused(refusal(errors))),
        error: (reason) => refused(refusal(reason)),
        complete: () => {
          if (repeat === undefined) ended(null);
        },
      },
    );
  }
  begin();
  return () => {
    clearTimeout(repeat);
    leave();
  };
}

/** @param {unknown} reason */
function refusal(reason) {
  const first = Array.isArray(reason) ? reason[0] : undefined;
  return new AskError(first?.extensions?.code ?? "UNREACHABLE", first?.message ?? "The connection was refused.");
}

/** Store a key for this session and use it from now on. @param {string} key */
export function signIn(key) {
  sessionStorage.setItem(KEY, key);
  hasKey.value = true;
  keyWish.value = null;
  wasLive = false;
  link.value = "connecting";
  connect();
}

export function signOut() {
  sessionStorage.removeItem(KEY);
  forgetDrafts();
  hasKey.value = false;
  keyWish.value = null;
  connect();
}
