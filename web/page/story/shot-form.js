// @ts-check
// The form of a shot. Prevents lost updates: changes made elsewhere are shown next to the field.
import { useChange } from "../changes.js";
import { draftOf } from "../drafts.js";
import { REGENERATE_SHOT, UPDATE_SHOT } from "../operations.js";
import { isOpenRow } from "../statuses.js";
import { html, useSignal } from "../vendor/libraries.js";
import { words } from "../words.js";
import { FailureNote, ProblemNote } from "../views/pieces.js";
import { isBeingMade } from "./clip.js";

/** @import { ShotRow, Transition } from "../types" */
/** @typedef {"title" | "prompt" | "narration" | "transition" | "durationSeconds"} Field */
/** The input, and the value that it replaces. @typedef {{ [name in Field]?: { value: string | number, over: string | number } }} Draft */

/** @type {Transition[]} */
const TRANSITIONS = ["KEN_BURNS", "CROSSFADE", "VOLUME_MIX", "CUT"];

/** @param {{ state: import("./state.js").StoryState, shot: ShotRow }} properties */
export function ShotForm({ state, shot }) {
  const text = words().shot;
  const { run, problem, isBusy } = useChange();
  const draft = draftOf(`shot ${shot.id}`, /** @type {Draft} */ ({}));
  const isSaved = useSignal(false);
  const isOpen = isOpenRow(shot);
  const isDirty = Object.keys(draft.value).length > 0;

  /** @param {Field} name @param {string | number} value */
  const write = (name, value) => {
    const { [name]: old, ...others } = draft.value;
    draft.value = value === shot[name] ? others : { ...others, [name]: { value, over: old?.over ?? shot[name] } };
    isSaved.value = false;
  };
  /** @param {boolean} regenerate */
  const save = async (regenerate) => {
    const changes = Object.fromEntries(Object.entries(draft.value).map(([name, { value }]) => [name, value]));
    // While it or its clip is generated, only that changes the revision, which must not block the edit.
    const isMade = isOpen || isBeingMade(shot.clip);
    const input = { id: shot.id, expectedRevision: isMade ? null : shot.revision, regenerate, ...changes };
    const payload = isDirty ? await run(UPDATE_SHOT, { input }) : await run(REGENERATE_SHOT, { input: { id: shot.id } });
    if (!payload) return;
    state.takeShot(payload.shot);
    state.takeStory(payload.story);
    draft.value = {};
    isSaved.value = !regenerate;
  };
  /** @param {Field} name */
  const value = (name) => draft.value[name]?.value ?? shot[name];
  /** @param {Field} name */
  const elsewhere = (name) => {
    const written = draft.value[name];
    if (!written || written.over === shot[name]) return null;
    return html`<span class="elsewhere">${text.elsewhere} <button type="button" class="quiet" onClick=${() => write(name, shot[name])}>${text.takeTheirs}</button></span>`;
  };
  /** @param {Field} name @param {number} rows */
  const area = (name, rows) => html`<label>${text[/** @type {"title" | "prompt" | "narration"} */ (name)]}
    <textarea rows=${rows} value=${value(name)} onInput=${(/** @type {Event} */ event) => write(name, /** @type {HTMLTextAreaElement} */ (event.target).value)}></textarea>
    ${elsewhere(name)}</label>`;

  return html`
    ${shot.failure && html`<${FailureNote} failure=${shot.failure} />`}
    <form class="words" onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), isDirty && void save(false))}>
      ${area("title", 1)} ${area("prompt", 5)} ${area("narration", 4)}
      <div class="row">
        <label>${text.transition}
          <select value=${value("transition")} onChange=${(/** @type {Event} */ event) => write("transition", /** @type {HTMLSelectElement} */ (event.target).value)}>
            ${TRANSITIONS.map((name) => html`<option key=${name} value=${name} selected=${value("transition") === name}>${text.transitions[name]}</option>`)}
          </select>${elsewhere("transition")}
        </label>
        <label class="short">${text.duration}
          <input type="number" min="0.5" max=${Math.max(60, Math.ceil(shot.durationSeconds))} step="any" aria-describedby="duration-hint" value=${Math.round(Number(value("durationSeconds")) * 10) / 10}
            onInput=${(/** @type {Event} */ event) => write("durationSeconds", Number(/** @type {HTMLInputElement} */ (event.target).value) || shot.durationSeconds)} />
          ${elsewhere("durationSeconds")}
        </label>
      </div>
      <p class="hint" id="duration-hint">${text.durationHint}</p>
      <div class="row">
        <button type="button" class="button is-primary" aria-disabled=${isOpen || isBusy.value} onClick=${() => !isOpen && save(true)}>${isDirty ? text.saveRegenerate : text.regenerate}</button>
        <button class="button" aria-disabled=${!isDirty || isBusy.value}>${isSaved.value ? text.saved : text.save}</button>
      </div>
      <${ProblemNote} problem=${problem} />
      <p class="unseen" aria-live="polite">${isSaved.value ? text.saved : ""}</p>
    </form>
  `;
}
