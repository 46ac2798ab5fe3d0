// @ts-check
// The last cell of the storyboard, which adds a shot.
import { useChange } from "../changes.js";
import { draftOf } from "../drafts.js";
import { keyOf } from "../keys.js";
import { ADD_SHOT } from "../operations.js";
import { html, useRef } from "../vendor/libraries.js";
import { words } from "../words.js";
import { Icon, ProblemNote, focusOnce } from "../views/pieces.js";

/** @param {{ state: import("./state.js").StoryState, story: string }} properties */
export function AddShot({ state, story }) {
  const text = words().shot;
  const { run, problem, isBusy } = useChange();
  const draft = draftOf(`new shot of ${story}`, /** @type {{ prompt: string, narration: string } | null} */ (null));
  const wasAsked = useRef(false);
  const begin = () => {
    wasAsked.current = true;
    draft.value = { prompt: "", narration: "" };
  };
  /** @param {SubmitEvent} event */
  const add = async (event) => {
    event.preventDefault();
    if (!draft.value) return;
    const { prompt, narration } = draft.value;
    const payload = await run(ADD_SHOT, { input: { storyId: story, prompt, narration: narration || null } });
    if (!payload) return;
    state.takeShot(payload.shot);
    state.takeStory(payload.story);
    draft.value = null;
  };
  /** @param {KeyboardEvent} event */
  const leave = (event) => {
    if (keyOf(event) === "Escape") draft.value = null;
  };
  const written = draft.value;
  if (!written) {
    return html`<li class="shot is-new">
      <button class="frame" onClick=${begin}><${Icon} name="plus" /><span>${text.add}</span></button>
    </li>`;
  }
  /** @param {"prompt" | "narration"} name */
  const write = (name) => (/** @type {InputEvent} */ event) =>
    (draft.value = { ...written, [name]: /** @type {HTMLTextAreaElement} */ (event.target).value });
  return html`<li class="shot is-new">
    <form class="frame" onSubmit=${add} onKeyDown=${leave}>
      <label>${text.addHint}<textarea rows="3" required ref=${wasAsked.current ? focusOnce : undefined} value=${written.prompt} onInput=${write("prompt")}></textarea></label>
      <label>${text.addNarration}<textarea rows="2" value=${written.narration} onInput=${write("narration")}></textarea></label>
      <div class="row">
        <button class="button is-primary" aria-disabled=${isBusy.value}>${text.addGo}</button>
        <button type="button" class="button" onClick=${() => (draft.value = null)}>${text.cancel}</button>
      </div>
      <${ProblemNote} problem=${problem} />
    </form>
  </li>`;
}
