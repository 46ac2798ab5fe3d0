// @ts-check
// The page's state of one story: rows by ID, each in its own cell. Of two versions of a row the higher revision wins, so
// responses and events may arrive in any order.
import { batch, signal } from "../vendor/libraries.js";

/** @import { Cell, ShotRow, StoryRow, StorySnapshot, VideoRow } from "../types" */

/**
 * @template {{ id: string, revision: number }} Row
 * @param {Cell<Row | null>} cell
 * @param {Row} row
 */
export function keepNewer(cell, row) {
  const known = cell.value;
  if (known?.id === row.id && known.revision > row.revision) return;
  cell.value = row;
}

export function newStoryState() {
  /** @type {Map<string, Cell<ShotRow>>} */
  const shots = new Map();
  /** @type {Set<string>} */
  const gone = new Set();
  /** @type {string[] | null} */
  let wished = null;
  const state = {
    story: signal(/** @type {StoryRow | null} */ (null)),
    video: signal(/** @type {VideoRow | null} */ (null)),
    /** The shots' IDs in playing order. */
    order: signal(/** @type {string[]} */ ([])),
    /** The error of the last read. */
    problem: signal(/** @type {import("../changes.js").Problem | null} */ (null)),
    /** Set once the story is known to be absent, deleted or of another owner. */
    isGone: signal(false),

    /** @param {string} id @returns {Cell<ShotRow> | undefined} */
    shot: (id) => shots.get(id),

    /** @param {StoryRow} row */
    takeStory: (row) => keepNewer(state.story, row),

    /** @param {VideoRow} row */
    takeVideo: (row) => keepNewer(state.video, row),

    /** @param {ShotRow} row */
    takeShot(row) {
      if (gone.has(row.id)) return;
      const cell = shots.get(row.id);
      if (cell) keepNewer(/** @type {Cell<ShotRow | null>} */ (cell), row);
      else shots.set(row.id, signal(row));
      putInOrder();
    },

    /** @param {string} id */
    dropShot(id) {
      gone.add(id);
      shots.delete(id);
      putInOrder();
    },

    /** The complete state at one moment: rows that are not in it are deleted. @param {StorySnapshot} snapshot */
    takeSnapshot(snapshot) {
      const { shots: rows, video, ...story } = snapshot;
      batch(() => {
        state.takeStory(story);
        if (video) state.takeVideo(video);
        const present = new Set(rows.map(({ id }) => id));
        for (const id of shots.keys()) if (!present.has(id)) shots.delete(id);
        rows.forEach(state.takeShot);
        putInOrder();
      });
    },

    /** Show another order until the server responds; null returns to the server's order. @param {string[] | null} ids */
    wishOrder(ids) {
      wished = ids;
      putInOrder();
    },
  };

  function putInOrder() {
    const rank = wished && new Map(wished.map((id, at) => [id, at]));
    /** @param {ShotRow} row */
    const place = (row) => rank?.get(row.id) ?? row.position;
    const sorted = [...shots.values()].map(({ value }) => value).sort((a, b) => place(a) - place(b));
    const known = state.order.value;
    if (sorted.length === known.length && sorted.every(({ id }, at) => id === known[at])) return;
    state.order.value = sorted.map(({ id }) => id);
  }
  return state;
}

/** @typedef {ReturnType<typeof newStoryState>} StoryState */
