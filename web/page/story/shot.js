// @ts-check
// One shot, as large as the screen allows, with its form and takes next to it.
import { keyOf } from "../keys.js";
import { frameInFlight, navigate, shotPath, storyPath } from "../router.js";
import { isOpenRow } from "../statuses.js";
import { html, useLayoutEffect } from "../vendor/libraries.js";
import { words } from "../words.js";
import { Bar, Emptiness, Icon, SHAPES, StatusLine } from "../views/pieces.js";
import { ClipWish, MovingPicture } from "./clip.js";
import { ShotForm } from "./shot-form.js";
import { Takes } from "./takes.js";

/** @import { StoryRow } from "../types" */

/** @param {{ state: import("./state.js").StoryState, story: StoryRow, id: string }} properties */
export function Shot({ state, story, id }) {
  const text = words().shot;
  const order = state.order.value;
  const at = order.indexOf(id);
  const shot = state.shot(id)?.value;
  const previous = order[at - 1], next = order[at + 1];
  useLayoutEffect(() => {
    /** @param {KeyboardEvent} event */
    const turn = (event) => {
      const isWriting = event.target instanceof Element && event.target.closest("input, textarea, select");
      if (isWriting || event.altKey || event.ctrlKey || event.metaKey) return;
      const key = keyOf(event);
      if (key === "ArrowLeft" && previous) navigate(shotPath(story.id, previous), { replace: true });
      if (key === "ArrowRight" && next) navigate(shotPath(story.id, next), { replace: true });
      if (key === "Escape") navigate(storyPath(story.id));
    };
    document.addEventListener("keydown", turn);
    return () => document.removeEventListener("keydown", turn);
  }, [story.id, previous, next]);

  if (!shot) {
    return html`<${Emptiness} title=${text.gone} next=""><a class="button" href=${storyPath(story.id)}>${text.back}</a><//>`;
  }
  const isOpen = isOpenRow(shot);
  const shape = SHAPES[story.aspectRatio];
  /** @param {string | undefined} target @param {string} label @param {"back" | "next"} icon */
  const turn = (target, label, icon) =>
    target
      ? html`<a class="icon-button" href=${shotPath(story.id, target)} aria-label=${label}><${Icon} name=${icon} /></a>`
      : html`<span class="icon-button" aria-hidden="true"><${Icon} name=${icon} /></span>`;
  return html`<article class="detail" data-shape=${shape}>
    <nav class="detail-head row" aria-label=${text.back}>
      <a class="quiet" href=${storyPath(story.id)}><${Icon} name="back" /><span>${story.title ?? words().story.untitled}</span></a>
      <span class="row">${turn(previous, text.previous, "back")}<span>${text.of(shot.position, order.length)}</span>${turn(next, text.next, "next")}</span>
    </nav>
    <div class="stage">
      <div class=${frameInFlight.value === id ? "frame is-in-flight" : "frame"} data-status=${shot.status}>
        ${shot.imageUrl ? html`<${MovingPicture} shot=${shot} shape=${shape} />` : html`<span class="nothing">${text.noPicture}</span>`}
        ${isOpen && html`<${Bar} progress=${shot.status === "GENERATING" ? shot.progress : 0} label=${text.picture} />`}
      </div>
      <${Takes} state=${state} shot=${shot} />
    </div>
    <div class="panel">
      <h1 tabindex="-1" data-focus><span class="unseen">${text.number(shot.position)}: </span>${shot.title}</h1>
      <${StatusLine} status=${shot.status} progress=${shot.progress} note=${shot.attempt > 1 && isOpen ? text.attempt(shot.attempt) : ""} />
      <${ClipWish} state=${state} shot=${shot} />
      <${ShotForm} state=${state} shot=${shot} />
    </div>
  </article>`;
}
