// @ts-check
// The storyboard: a story's shots in film order, each rendered again only when it changes.
import { useChange } from "../changes.js";
import { RETRY_STORY } from "../operations.js";
import { useMotion } from "./motion.js";
import { isOpenRow } from "../statuses.js";
import { html, useRef } from "../vendor/libraries.js";
import { words } from "../words.js";
import { AddShot } from "./add-shot.js";
import { Card } from "./card.js";
import { SIZES } from "../views/pictures.js";
import { FailureNote, ProblemNote, SHAPES } from "../views/pieces.js";
import { announcement, useReorder } from "./reorder.js";

/** @import { StoryRow } from "../types" */

const EXPECTED = [1, 2, 3, 4, 5, 6];

/** @param {{ state: import("./state.js").StoryState, story: StoryRow }} properties */
export function Board({ state, story }) {
  const reorder = useReorder(state, story.id);
  const board = useRef(/** @type {HTMLElement | null} */ (null));
  useMotion(board, state.order);
  const ids = state.order.value;
  const shape = SHAPES[story.aspectRatio];
  const isWriting = isOpenRow(story);

  if (ids.length === 0 && isWriting) {
    return html`<ol class="board" data-shape=${shape} aria-hidden="true">
      ${EXPECTED.map((number) => html`<li class="shot is-expected" key=${number}><div class="frame"><b>${number}</b></div></li>`)}
    </ol>`;
  }
  if (ids.length === 0 && story.status !== "COMPLETED") return html`<${NoScript} state=${state} story=${story} />`;
  return html`
    <ol class="board" ref=${board} data-shape=${shape}>
      ${ids.map((id) => {
        const cell = state.shot(id);
        return cell && html`<${Card} key=${id} state=${state} story=${story.id} cell=${cell} sizes=${SIZES.board[shape]} reorder=${reorder} />`;
      })}
      <${AddShot} key="add" state=${state} story=${story.id} />
    </ol>
    <${ProblemNote} problem=${reorder.problem} />
    <p class="unseen" aria-live="polite">${announcement.value}</p>
  `;
}

/** @param {{ state: import("./state.js").StoryState, story: StoryRow }} properties */
function NoScript({ state, story }) {
  const text = words();
  const { run, problem } = useChange();
  const retry = async () => {
    const payload = await run(RETRY_STORY, { input: { id: story.id } });
    if (payload) state.takeStory(payload.story);
  };
  const button = html`<button class="button is-primary" onClick=${retry}>${text.shot.retry}</button>`;
  return html`<section class="no-script">
    <h2>${story.failure ? text.story.scriptFailed : text.story.canceledScript}</h2>
    ${story.failure ? html`<${FailureNote} failure=${story.failure}>${button}<//>` : button}
    <${ProblemNote} problem=${problem} />
  </section>`;
}
