// @ts-check
// A story's title, its progress, and the actions on the whole story.
import { useChange } from "../changes.js";
import { HOME } from "../home.js";
import { keyOf } from "../keys.js";
import { CANCEL_STORY, DELETE_STORY, GENERATE_VIDEO, RENAME_STORY, RETRY_STORY } from "../operations.js";
import { filmPath, navigate, storyPath } from "../router.js";
import { isOpenRow } from "../statuses.js";
import { html, useEffect, useSignal } from "../vendor/libraries.js";
import { hour, nextStepText, percent, words } from "../words.js";
import { AskAgain, Bar, Icon, Phase, ProblemNote } from "../views/pieces.js";

/** @import { StoryRow, Waiting } from "../types" */
/** @typedef {{ state: import("./state.js").StoryState, story: StoryRow, part: "board" | "film" }} Properties */

/** @param {Properties} properties */
export function StoryHead({ state, story, part }) {
  const text = words().story;
  const change = useChange();
  const renaming = useChange();
  const isAsking = useSignal(false);
  const remove = async () => {
    if (await change.run(DELETE_STORY, { id: story.id })) navigate(HOME, { replace: true });
  };
  return html`<header class="story-head">
    <div class="row">
      <${Title} story=${story} change=${renaming} state=${state} />
      <${Parts} id=${story.id} part=${part} />
    </div>
    <div class="row">
      <div class="standing">
        <p class="counts"><${Phase} phase=${story.phase} /><${Counts} story=${story} />${story.waiting && html`<${Waits} waiting=${story.waiting} />`}</p>
        ${story.nextStep && html`<p class="next-step" data-phase=${story.phase}>${nextStepText(story)}</p>`}
      </div>
      ${isAsking.value
        ? html`<${AskAgain} question=${text.removeSure} onYes=${remove} onNo=${() => (isAsking.value = false)} />`
        : html`<div class="row actions">
            <${Actions} state=${state} story=${story} part=${part} change=${change} />
            <button class="icon-button" aria-label=${text.remove} onClick=${() => (isAsking.value = true)}><${Icon} name="trash" /></button>
          </div>`}
    </div>
    <${ProblemNote} problem=${renaming.problem} />
    <${ProblemNote} problem=${change.problem} />
    <${Bar} progress=${story.progress ?? 0} label=${text.progress} isDone=${story.progress === 1} />
  </header>`;
}

/** The tabs for board and film. @param {{ id: string, part: "board" | "film" }} properties */
function Parts({ id, part }) {
  const { story } = words();
  /** @param {string} name */
  const current = (name) => (name === part ? "page" : undefined);
  return html`<nav class="parts" aria-label=${story.parts}>
    <a href=${storyPath(id)} aria-current=${current("board")}>${story.board}</a>
    <a href=${filmPath(id)} aria-current=${current("film")}>${story.film}</a>
  </nav>`;
}

/** @param {{ state: Properties["state"], story: StoryRow, change: ReturnType<typeof useChange> }} properties */
function Title({ state, story, change }) {
  const text = words().story;
  const isOpen = isOpenRow(story);
  /** The current input; it survives when events render the head again. */
  const written = useSignal(/** @type {string | null} */ (null));
  const rename = async () => {
    const title = written.value?.trim();
    if (title && title !== story.title) {
      const payload = await change.run(RENAME_STORY, { id: story.id, title });
      if (!payload) return; // keep the input next to the error
      state.takeStory(payload.story);
      if (written.value?.trim() !== title) return;
    }
    written.value = null;
  };
  /** @param {KeyboardEvent} event */
  const end = (event) => {
    const key = keyOf(event);
    if (key === "Escape") change.problem.value = written.value = null;
    if (key === "Escape" || key === "Enter") /** @type {HTMLElement} */ (event.target).blur();
  };
  return html`<h1 class="unseen" tabindex="-1" data-focus>${story.title ?? text.untitled}</h1>
    <input class="title" aria-label=${text.title} value=${written.value ?? story.title ?? ""} placeholder=${isOpen ? text.writing : text.untitled} maxlength="200"
      onInput=${(/** @type {Event} */ event) => (written.value = /** @type {HTMLInputElement} */ (event.target).value)}
      onBlur=${rename} onKeyDown=${end} />`;
}

/** @param {{ story: StoryRow }} properties */
function Counts({ story }) {
  const text = words().story;
  const { total, completed, pending, generating, failed, canceled } = story.shotCounts;
  if (!total) {
    const ended = { FAILED: text.scriptFailed, CANCELED: text.canceledScript, COMPLETED: text.shots(0) };
    return html`<span>${ended[/** @type {keyof typeof ended} */ (story.status)] ?? text.writing}</span>`;
  }
  const open = pending + generating;
  return html`
    <span>${text.shots(total)}</span>
    ${completed > 0 && html`<span data-status="COMPLETED">${text.ready(completed)}</span>`}
    ${open > 0 && html`<span data-status="GENERATING">${text.open(open)}</span>`}
    ${failed > 0 && html`<span data-status="FAILED">${text.failed(failed)}</span>`}
    ${canceled > 0 && html`<span>${text.canceled(canceled)}</span>`}
  `;
}

/** The paused service. The end of a pause is not an event, so the line disappears by time. @param {{ waiting: Waiting }} properties */
function Waits({ waiting }) {
  const { waits } = words().story;
  const overFor = useSignal("");
  const { until } = waiting;
  const left = Date.parse(until) - Date.now();
  useEffect(() => {
    const timer = setTimeout(() => (overFor.value = until), left);
    return () => clearTimeout(timer);
  }, [until]);
  const say = waits[/** @type {keyof typeof waits} */ (waiting.reason)] ?? waits.UPSTREAM_UNAVAILABLE;
  return left > 0 && overFor.value !== until && html`<span role="status">${say(waiting.provider, hour(until))}</span>`;
}

/** The one or two actions available now. @param {Properties & { change: ReturnType<typeof useChange> }} properties */
function Actions({ state, story, part, change }) {
  const text = words().story;
  const { total, pending, generating, failed, canceled } = story.shotCounts;
  const isOpen = isOpenRow(story) || pending + generating > 0;
  const video = state.video.value;
  const isFilming = !!video && isOpenRow(video);
  /** @param {string} query @param {Record<string, unknown>} variables */
  const run = async (query, variables) => {
    const payload = await change.run(query, variables);
    if (payload?.story) state.takeStory(payload.story);
  };
  const makeFilm = async () => {
    const payload = await change.run(GENERATE_VIDEO, { input: { storyId: story.id, burnSubtitles: false } });
    if (!payload) return;
    state.takeVideo(payload.video);
    navigate(filmPath(story.id));
  };
  const isWhole = total > 0 && !isOpen && failed + canceled === 0;
  const offersFilm = part === "board" && !isFilming && (isWhole || story.phase === "READY" || story.phase === "DONE");
  return html`
    ${isOpen && html`<button class="button" onClick=${() => run(CANCEL_STORY, { id: story.id })}>${text.stop}</button>`}
    ${!isOpen && failed > 0 && html`<button class="button is-primary" onClick=${() => run(RETRY_STORY, { input: { id: story.id } })}>${text.retryAll(failed)}</button>`}
    ${!isOpen && failed === 0 && canceled > 0 && html`<button class="button is-primary" onClick=${() => run(RETRY_STORY, { input: { id: story.id } })}>${text.resume}</button>`}
    ${part === "board" && isFilming && html`<a class="button" href=${filmPath(story.id)}>${text.makingFilm} ${percent(video.progress ?? 0)}</a>`}
    ${offersFilm && video?.videoUrl && html`<a class="button is-primary" href=${filmPath(story.id)}><${Icon} name="play" />${text.seeFilm}</a>`}
    ${offersFilm && !video?.videoUrl && html`<button class="button is-primary" onClick=${makeFilm}><${Icon} name="play" />${text.makeFilm}</button>`}
  `;
}
