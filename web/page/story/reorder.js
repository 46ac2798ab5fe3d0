// @ts-check
// Reorders shots: dragged by the handle with a mouse or a finger, or moved with the arrow keys.
import { useChange } from "../changes.js";
import { keyOf } from "../keys.js";
import { REORDER_SHOTS } from "../operations.js";
import { signal, useRef, useSignal } from "../vendor/libraries.js";
import { words } from "../words.js";

/** The announcement for screen readers after a move. */
export const announcement = signal("");

/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/**
 * @param {import("./state.js").StoryState} state
 * @param {string} storyId
 */
export function useReorder(state, storyId) {
  const { run, problem } = useChange();
  const dragged = useSignal(/** @type {string | null} */ (null));
  const isKeeping = useRef(false);

  /** Send the displayed order; later moves are sent after it, never concurrently. */
  async function keep() {
    if (isKeeping.current) return;
    isKeeping.current = true;
    try {
      /** @type {string[]} */
      let sent;
      do {
        sent = state.order.value;
        const payload = await run(REORDER_SHOTS, { storyId, shotIds: sent });
        if (payload) payload.story.shots.forEach(state.takeShot);
      } while (state.order.value.join() !== sent.join());
    } finally {
      isKeeping.current = false;
      state.wishOrder(null);
    }
  }

  /** @param {string} id @param {number} to index */
  function move(id, to) {
    const others = state.order.value.filter((other) => other !== id);
    const at = Math.max(0, Math.min(others.length, to));
    state.wishOrder([...others.slice(0, at), id, ...others.slice(at)]);
    announcement.value = words().shot.moved(state.shot(id)?.value.title ?? "", at + 1);
  }

  /** @param {KeyboardEvent} event @param {string} id */
  function onKeyDown(event, id) {
    const step = STEPS[keyOf(event)];
    if (step === undefined) return;
    event.preventDefault();
    move(id, state.order.value.indexOf(id) + step);
    // Moving an element in the document removes its focus.
    requestAnimationFrame(() => handleOf(id)?.focus());
    void keep();
  }

  /** @param {PointerEvent} event @param {string} id */
  function onPointerDown(event, id) {
    if (event.button !== 0) return;
    event.preventDefault();
    const before = state.order.value;
    dragged.value = id;
    const follow = (/** @type {PointerEvent} */ moved) => {
      const under = document.elementFromPoint(moved.clientX, moved.clientY)?.closest("[data-shot]");
      const other = under instanceof HTMLElement ? under.dataset.shot : undefined;
      if (other && other !== id) move(id, state.order.value.indexOf(other));
    };
    const end = (/** @type {PointerEvent} */ ended) => {
      removeEventListener("pointermove", follow);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      dragged.value = null;
      if (ended.type === "pointercancel") state.wishOrder(isKeeping.current ? before : null);
      else if (state.order.value.join() !== before.join()) void keep();
    };
    addEventListener("pointermove", follow);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }
  return { dragged, problem, onKeyDown, onPointerDown };
}

/** @typedef {ReturnType<typeof useReorder>} Reorder */

/** @param {string} id @returns {HTMLElement | null} */
const handleOf = (id) => document.querySelector(`#shot-${CSS.escape(id)} .handle`);
