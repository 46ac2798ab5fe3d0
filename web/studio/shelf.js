// @ts-check
// Lists that live: read anew when the connection comes back or the question changes, never on a timer.
import { ask, follow, link } from "./connection.js";
import { useEffect, useRef } from "./vendor/studio.js";

const TYPING_MS = 250;

/**
 * Calls `read` at once, after each change of `question`, and whenever the connection has come back.
 * @param {string} question
 * @param {() => void} read
 */
export function useReading(question, read) {
  const isFirst = useRef(true);
  const isLive = link.value === "live";
  useEffect(() => {
    const pause = isFirst.current ? 0 : TYPING_MS;
    isFirst.current = false;
    const timer = setTimeout(read, pause);
    return () => clearTimeout(timer);
  }, [question]);
  const wasLost = useRef(false);
  useEffect(() => {
    if (isLive && wasLost.current) read();
    wasLost.current = !isLive && link.value !== "connecting";
  }, [isLive]);
}

/** @param {string} query @param {(data: any) => void} next */
export function useFollowing(query, next) {
  const latest = useRef(next);
  latest.current = next;
  useEffect(() => follow(query, {}, { next: (data) => latest.current(data) }), [query]);
}

/** The data; null when nobody answers, which `link` tells. @param {string} query @param {Record<string, unknown>} variables */
export async function askQuietly(query, variables) {
  try {
    return await ask(query, variables);
  } catch {
    return null;
  }
}
