// @ts-check
// Keeps a story's state current: read once, then updated by events; after a reconnection by the missed events.
import { AskError, ask, follow, link } from "../connection.js";
import { STORY, STORY_EVENTS } from "../operations.js";
import { newStoryState } from "./state.js";
import { batch, effect } from "../vendor/libraries.js";

/** @import { StoryEventRow, StorySnapshot } from "../types" */

/** Events whose rows are sufficient; on any other, including future types, the story is read again. */
const TOLD_BY_ROWS = new Set([
  "STORY_CREATED", "STORY_UPDATED", "SHOT_STATUS_CHANGED", "SHOT_UPDATED", "TAKE_ADDED", "VIDEO_STATUS_CHANGED", "PROGRESS",
]);

/** Delay of a retry if reading fails while connected; after that, the next event or connection retries. */
const PAUSES_MS = [500, 2_000, 8_000];

/** A file that is missing for another reason must not cause repeated reads. */
const LINKS_LAST_MS = 60_000;

/**
 * @param {string} id
 * @returns {{ state: import("./state.js").StoryState, read: () => Promise<void>, renewLinks: () => void, close: () => void }}
 */
export function openStory(id) {
  const state = newStoryState();
  /** @type {{ id: string, after?: string }} */
  const variables = { id };
  let isOpen = true, isReading = false, isStale = true;
  let readAt = Date.now();
  let failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let repeat;
  let leave = () => {};

  async function read() {
    isStale = true;
    if (isReading) return; // it reads once more when it is done
    isReading = true;
    clearTimeout(repeat);
    try {
      while (isStale && isOpen) {
        isStale = false;
        const { story } = /** @type {{ story: StorySnapshot | null }} */ (await ask(STORY, { id }));
        if (!isOpen) return;
        if (story) begin(story);
        else state.isGone.value = true;
      }
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      isStale = true;
      state.problem.value = error;
      if (isOpen && link.value === "live" && failures < PAUSES_MS.length) repeat = setTimeout(read, PAUSES_MS[failures++]);
    } finally {
      isReading = false;
    }
  }

  /** @param {StorySnapshot} story */
  function begin(story) {
    state.problem.value = null;
    failures = 0;
    state.takeSnapshot(story);
    if (variables.after !== undefined) return;
    variables.after = story.eventCursor;
    leave = follow(STORY_EVENTS, variables, {
      next: ({ storyEvents }) => take(storyEvents),
      ended: (error) => {
        if (error?.code === "NOT_FOUND") state.isGone.value = true;
      },
    });
  }

  /** @param {StoryEventRow} event */
  function take(event) {
    variables.after = event.cursor;
    batch(() => {
      if (event.story) state.takeStory(event.story);
      if (event.shot) state.takeShot(event.shot);
      if (event.video) state.takeVideo(event.video);
      if (event.type === "SHOT_DELETED" && event.deletedId) state.dropShot(event.deletedId);
      if (event.type === "STORY_DELETED") state.isGone.value = true;
    });
    if (!state.isGone.value && (isStale || !TOLD_BY_ROWS.has(event.type))) void read();
  }

  /** A file failed to load: its signed link may have expired, and the story has new ones. */
  function renewLinks() {
    if (Date.now() - readAt < LINKS_LAST_MS) return;
    readAt = Date.now();
    void read();
  }

  const stopWatching = effect(() => {
    if (link.value === "live" && isStale) void read();
  });
  void read();
  return {
    state,
    read,
    renewLinks,
    close: () => {
      isOpen = false;
      clearTimeout(repeat);
      stopWatching();
      leave();
    },
  };
}
