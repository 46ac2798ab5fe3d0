// @ts-check
// Who answers: the providers and limits of the server, read once.
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
    // `link` and `keyWish` tell a person why; what is missing here is a line of small print.
  }
}

/** The service that makes this. @param {ServerInfo} info @param {string} kind */
export const providerOf = (info, kind) => info.providers.find((provider) => provider.kind === kind)?.name ?? "";
