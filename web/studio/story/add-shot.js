// @ts-check
// The last place on the storyboard, where the next shot begins.
import { useChange } from "../changes.js";
import { ADD_SHOT } from "../operations.js";
import { html, useSignal } from "../vendor/studio.js";
import { words } from "../words.js";
import { Icon, ProblemNote, focusOnce } from "../views/pieces.js";

/** @param {{ state: import("./state.js").StoryState, story: string }} properties */
export function AddShot({ state, story }) {
  const text = words().shot;
  const { run, problem, isBusy } = useChange();
  const isWriting = useSignal(false);
  /** @param {SubmitEvent} event */
  const add = async (event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const input = { storyId: story, prompt: String(form.get("prompt")), narration: String(form.get("narration")) || null };
    const payload = await run(ADD_SHOT, { input });
    if (!payload) return;
    state.takeShot(payload.shot);
    state.takeStory(payload.story);
    isWriting.value = false;
  };
  /** @param {KeyboardEvent} event */
  const leave = (event) => {
    if (event.key === "Escape") isWriting.value = false;
  };
  if (!isWriting.value) {
    return html`<li class="shot is-new">
      <button class="frame" onClick=${() => (isWriting.value = true)}><${Icon} name="plus" /><span>${text.add}</span></button>
    </li>`;
  }
  return html`<li class="shot is-new">
    <form class="frame" onSubmit=${add} onKeyDown=${leave}>
      <label>${text.addHint}<textarea name="prompt" rows="3" required ref=${focusOnce}></textarea></label>
      <label>${text.addNarration}<textarea name="narration" rows="2"></textarea></label>
      <div class="row">
        <button class="button is-primary" aria-disabled=${isBusy.value}>${text.addGo}</button>
        <button type="button" class="button" onClick=${() => (isWriting.value = false)}>${text.cancel}</button>
      </div>
      <${ProblemNote} problem=${problem} />
    </form>
  </li>`;
}
