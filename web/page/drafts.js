// @ts-check
// Words that are written and not yet sent. They outlive a look at another view and a new sign-in; a reload they do not.
import { signal } from "./vendor/libraries.js";

/** @type {Map<string, import("./types").Signal<any>>} */
const drafts = new Map();

/**
 * The draft of this name; what was written there last, or `empty`.
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

/** Who leaves takes his words with him. */
export const forgetDrafts = () => drafts.clear();
