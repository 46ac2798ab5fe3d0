// @ts-check
// Keys, as all fields understand them.

/** What every browser reports for a key that an input method takes. */
const TAKEN = 229;

/**
 * The key; empty if it belongs to a composition: there, Enter selects a word and Escape discards it. Safari ends the
 * composition before it reports the key, so `isComposing` is not enough.
 * @param {KeyboardEvent} event
 */
export const keyOf = (event) => (event.isComposing || event.keyCode === TAKEN ? "" : event.key);
