// @ts-check
// The providers and limits of the server, read once.
import { ask } from "./connection.js";
import { SERVER } from "./operations.js";
import { signal } from "./vendor/libraries.js";

/** @import { ServerInfo } from "./types" */

export const server = signal(/** @type {ServerInfo | null} */ (null));

export async function readServer() {
  if (server.value) return;
  try {
    server.value = (await ask(SERVER)).server;
  } catch {
    // `link` and `keyWish` show the reason; only a line of small print is missing here.
  }
}

/** The provider of this kind. @param {ServerInfo} info @param {string} kind */
export const providerOf = (info, kind) => info.providers.find((provider) => provider.kind === kind)?.name ?? "";
