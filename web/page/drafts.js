// @ts-check
// Unsent input. It survives a change of view and a new sign-in, but not a reload.
import { signal } from "./vendor/libraries.js";

/** @type {Map<string, import("./types").Signal<any>>} */
const drafts = new Map();

/**
 * The draft of this name: the last input, or `empty`.
 * @template Draft
 * @param {string} name
 * @param {Draft} empty
 * @returns {import("./types").Signal<Draft>}
 */
export function draftOf(name, empty) {
  const known = drafts.get(name) ?? signal(empty);
  drafts.set(name, known);
  return known;
}

/** Signing out deletes all drafts. */
export const forgetDrafts = () => drafts.clear();
