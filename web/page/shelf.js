// @ts-check
// Live lists: read again after a reconnection or when the query changes, never on a timer.
import { AskError, ask, follow, link } from "./connection.js";
import { useEffect, useRef, useSignal } from "./vendor/libraries.js";

const TYPING_MS = 250;

/**
 * Calls `read` at once, after each change of `question`, and after each reconnection.
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

/**
 * The data; null if there is none, and `problem` has the reason.
 * @param {string} query
 * @param {Record<string, unknown>} variables
 * @param {{ value: import("./changes.js").Problem | null }} problem
 */
export async function askOr(query, variables, problem) {
  try {
    const data = await ask(query, variables);
    problem.value = null;
    return data;
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    problem.value = error;
    return null;
  }
}

/** The error of the last query. */
export const useProblem = () => useSignal(/** @type {import("./changes.js").Problem | null} */ (null));
