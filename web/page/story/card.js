// @ts-check
// One shot on the storyboard. Its error is shown on it, with the next step.
import { useChange } from "../changes.js";
import { DELETE_SHOT, RETRY_STORY } from "../operations.js";
import { frameInFlight, shotPath } from "../router.js";
import { isOpenRow } from "../statuses.js";
import { html, useSignal } from "../vendor/libraries.js";
import { words } from "../words.js";
import { isBeingMade } from "./clip.js";
import { Picture } from "../views/pictures.js";
import { AskAgain, Bar, FailureNote, Icon, ProblemNote, StatusLine } from "../views/pieces.js";

/** @import { Cell, ShotRow } from "../types" */

/** The status of its clip, if one is requested. @param {ShotRow} shot */
function clipNote({ clip }) {
  const { clip: text } = words();
  if (!clip) return "";
  return isBeingMade(clip) ? text.making : clip.videoUrl ? text.moves : text.still;
}

/** Move the focus to the neighbour of a removed card. @param {string} id */
function focusCard(id) {
  const link = document.querySelector(`#shot-${CSS.escape(id)} .cover`);
  if (link instanceof HTMLElement) link.focus();
}

/**
 * @param {{ state: import("./state.js").StoryState, story: string, cell: Cell<ShotRow>, sizes: string, reorder: import("./reorder.js").Reorder }} properties sizes: of its picture
 */
export function Card({ state, story, cell, sizes, reorder }) {
  const shot = cell.value;
  const text = words().shot;
  const { run, problem } = useChange();
  const isAsking = useSignal(false);
  const isOpen = isOpenRow(shot);
  const retry = async () => {
    const payload = await run(RETRY_STORY, { input: { id: story, shotIds: [shot.id] } });
    if (payload) state.takeStory(payload.story);
  };
  const remove = async () => {
    isAsking.value = false;
    if (!(await run(DELETE_SHOT, { id: shot.id }))) return;
    const neighbour = state.order.value[shot.position] ?? state.order.value[shot.position - 2];
    state.dropShot(shot.id);
    if (neighbour) focusCard(neighbour);
  };
  const failure = shot.failure && html`<${FailureNote} failure=${shot.failure}>
    <button class="button" onClick=${retry}>${text.retry}</button>
    <a class="button" href=${shotPath(story, shot.id)}>${text.edit}</a>
  <//>`;
  return html`<li id=${`shot-${shot.id}`} class=${reorder.dragged.value === shot.id ? "shot is-dragged" : "shot"} data-shot=${shot.id} data-status=${shot.status}>
    <div class=${frameInFlight.value === shot.id ? "frame is-in-flight" : "frame"}>
      <b aria-hidden="true">${shot.position}</b>
      ${shot.imageUrl && html`<${Picture} url=${shot.imageUrl} sizes=${sizes} alt="" />`}
      ${!shot.imageUrl && failure}
      ${isOpen && html`<${Bar} progress=${shot.status === "GENERATING" ? shot.progress : 0} label=${text.number(shot.position)} />`}
    </div>
    ${shot.imageUrl && failure}
    <div class="caption">
      <span class="number" aria-hidden="true">${shot.position}</span>
      <h2><a class="cover" href=${shotPath(story, shot.id)}><span class="unseen">${text.number(shot.position)}: </span>${shot.title}</a></h2>
      <span class="length-on-paper">${text.seconds(shot.durationSeconds)}</span>
      <p class="narration">${shot.narration}</p>
      <${StatusLine} status=${shot.status} progress=${shot.progress} note=${shot.attempt > 1 && isOpen ? text.attempt(shot.attempt) : clipNote(shot)} />
    </div>
    <div class="tools">
      ${shot.status === "CANCELED" && html`<button class="button" onClick=${retry}>${text.draw}</button>`}
      <button class="icon-button" aria-label=${text.remove(shot.position)} onClick=${() => (isAsking.value = true)}><${Icon} name="trash" /></button>
      <button class="icon-button handle" aria-label=${text.move(shot.position)}
        onKeyDown=${(/** @type {KeyboardEvent} */ event) => reorder.onKeyDown(event, shot.id)}
        onPointerDown=${(/** @type {PointerEvent} */ event) => reorder.onPointerDown(event, shot.id)}><${Icon} name="handle" /></button>
    </div>
    ${isAsking.value && html`<${AskAgain} question=${text.removeSure} onYes=${remove} onNo=${() => (isAsking.value = false)} />`}
    <${ProblemNote} problem=${problem} />
  </li>`;
}
