// @ts-check
// One story: its head, and the part selected by the address. The state is kept as long as the story is open.
import { problemText } from "../changes.js";
import { openStory } from "./following.js";
import { HOME } from "../home.js";
import { route } from "../router.js";
import { html, useEffect, useMemo } from "../vendor/libraries.js";
import { words } from "../words.js";
import { Board } from "./board.js";
import { Film } from "./film.js";
import { Emptiness } from "../views/pieces.js";
import { Shot } from "./shot.js";
import { StoryHead } from "./story-head.js";

/** @param {{ id: string }} properties */
export function Story({ id }) {
  const { state, read, renewLinks, close } = useMemo(() => openStory(id), [id]);
  useEffect(() => close, [close]);
  const { story } = words();
  const row = state.story.value;
  useEffect(() => {
    document.title = row?.title ? `${row.title} · AI-Story` : "AI-Story";
  }, [row?.title]);

  if (state.isGone.value) {
    return html`<${Emptiness} title=${story.gone} next=${story.goneNext}><a class="button" href=${HOME}>${story.back}</a><//>`;
  }
  if (!row && state.problem.value) {
    return html`<${Emptiness} title=${story.unread} next=${problemText(state.problem.value)}>
      <button class="button" onClick=${read}>${words().shot.retry}</button>
    <//>`;
  }
  if (!row) return html`<div class="story" aria-busy="true"></div>`;
  return html`<div class="whole" onErrorCapture=${renewLinks}><${Part} state=${state} story=${row} /></div>`;
}

/** @param {{ state: import("./state.js").StoryState, story: import("../types").StoryRow }} properties */
function Part({ state, story }) {
  const at = route.value;
  if (at.view !== "story") return null;
  if (at.part === "shot") return html`<${Shot} key=${at.shot} state=${state} story=${story} id=${at.shot} />`;
  return html`<div class="story">
    <${StoryHead} state=${state} story=${story} part=${at.part} />
    ${at.part === "film" ? html`<${Film} state=${state} story=${story} />` : html`<${Board} state=${state} story=${story} />`}
  </div>`;
}
