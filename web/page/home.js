// @ts-check
// The path of this server. It is "/" unless the server is behind a path prefix; this file is at page/VERSION/ below it.

/** Ends with a slash. Every address of ours begins with it. */
export const HOME = new URL("../../", import.meta.url).pathname;
