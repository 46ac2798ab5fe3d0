// @ts-check
// All takes of a shot; one click selects another.
import { useChange } from "../changes.js";
import { SELECT_TAKE, TAKES } from "../operations.js";
import { askOr, useProblem, useReading } from "../shelf.js";
import { isOpenRow } from "../statuses.js";
import { html, useSignal } from "../vendor/libraries.js";
import { explain, words } from "../words.js";
import { Picture, SIZES } from "../views/pictures.js";
import { Icon, ProblemNote } from "../views/pieces.js";
import { OwnPicture } from "./own-picture.js";

/** @import { ShotRow, TakeRow } from "../types" */

/** @param {{ state: import("./state.js").StoryState, shot: ShotRow }} properties */
export function Takes({ state, shot }) {
  const text = words().shot;
  const { run, problem } = useChange();
  const takes = useSignal(/** @type {TakeRow[]} */ ([]));
  const missing = useProblem();
  // A take changes only when its shot does, and the shot's events report that.
  useReading(`${shot.status} ${shot.take?.id} ${shot.attempt}`, async () => {
    const data = await askOr(TAKES, { id: shot.id }, missing);
    if (data?.shot) takes.value = data.shot.takes;
  });
  /** @param {TakeRow} take */
  const select = async (take) => {
    const payload = await run(SELECT_TAKE, { shotId: shot.id, takeId: take.id });
    if (payload) state.takeShot(payload.shot);
  };
  const isOpen = isOpenRow(shot);
  return html`<section class="takes" aria-label=${text.takes}>
    <${ProblemNote} problem=${missing} />
    <ul>${takes.value.map((take) => html`<${TakeTile} key=${take.id} take=${take} isShown=${take.id === shot.take?.id} select=${select} />`)}</ul>
    <${ProblemNote} problem=${problem} />
    ${!isOpen && html`<${OwnPicture} shot=${shot} />`}
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
      <div class="frame"><${Picture} url=${take.imageUrl} sizes=${SIZES.take} alt="" /></div>${name}
    </button>
  </li>`;
}
