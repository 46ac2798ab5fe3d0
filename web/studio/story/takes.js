// @ts-check
// Every picture that a shot ever had; one click shows another.
import { useChange } from "../changes.js";
import { SELECT_TAKE, TAKES } from "../operations.js";
import { askQuietly, useReading } from "../shelf.js";
import { html, useSignal } from "../vendor/studio.js";
import { explain, words } from "../words.js";
import { Icon, Picture, ProblemNote } from "../views/pieces.js";

/** @import { ShotRow, TakeRow } from "../types" */

/** @param {{ state: import("./state.js").StoryState, shot: ShotRow }} properties */
export function Takes({ state, shot }) {
  const text = words().shot;
  const { run, problem } = useChange();
  const takes = useSignal(/** @type {TakeRow[]} */ ([]));
  // A take changes only when its shot does, and the shot's events have told us of that.
  useReading(`${shot.status} ${shot.take?.id} ${shot.attempt}`, async () => {
    const data = await askQuietly(TAKES, { id: shot.id });
    if (data?.shot) takes.value = data.shot.takes;
  });
  /** @param {TakeRow} take */
  const select = async (take) => {
    const payload = await run(SELECT_TAKE, { shotId: shot.id, takeId: take.id });
    if (payload) state.takeShot(payload.shot);
  };
  if (takes.value.length === 0) return null;
  return html`<section class="takes" aria-label=${text.takes}>
    <ul>${takes.value.map((take) => html`<${TakeTile} key=${take.id} take=${take} isShown=${take.id === shot.take?.id} select=${select} />`)}</ul>
    <${ProblemNote} problem=${problem} />
  </section>`;
}

/** @param {{ take: TakeRow, isShown: boolean, select: (take: TakeRow) => void }} properties */
function TakeTile({ take, isShown, select }) {
  const { shot: text, status } = words();
  const note = isShown ? text.takeShown : take.imageUrl ? "" : take.failure ? explain(take.failure).what : status[take.status];
  const name = html`<span>${text.take(take.number)}${note && ` · ${note}`}</span>`;
  if (!take.imageUrl) {
    return html`<li class="take" data-status=${take.status}><div class="frame">${take.failure && html`<${Icon} name="warning" />`}</div>${name}</li>`;
  }
  return html`<li class="take" data-status=${take.status}>
    <button aria-pressed=${isShown} aria-label=${isShown ? `${text.take(take.number)} · ${note}` : text.takeUse(take.number)} onClick=${() => !isShown && select(take)}>
      <div class="frame"><${Picture} url=${take.imageUrl} alt="" /></div>${name}
    </button>
  </li>`;
}
