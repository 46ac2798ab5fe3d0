// @ts-check
// The latest stories, each with its first picture, updated live.
import { RECENTS, RECENTS_UPDATED } from "../operations.js";
import { storyPath } from "../router.js";
import { askOr, useFollowing, useProblem, useReading } from "../shelf.js";
import { html, useSignal } from "../vendor/libraries.js";
import { words } from "../words.js";
import { Picture, SIZES } from "./pictures.js";
import { Icon, Phase, ProblemNote } from "./pieces.js";

/** @import { Recent } from "../types" */

const SHOWN = 12;

export function Recents() {
  const text = words().create;
  const rows = useSignal(/** @type {Recent[] | null} */ (null));
  const problem = useProblem();
  const search = useSignal("");

  async function read() {
    const asked = search.value;
    const data = await askOr(RECENTS, { first: SHOWN, search: asked.trim() || null }, problem);
    if (data && asked === search.value) rows.value = data.stories.nodes;
  }
  /** @param {{ storiesUpdated: Recent }} data */
  const take = ({ storiesUpdated: row }) => {
    const known = rows.value ?? [];
    const old = known.find(({ id }) => id === row.id);
    if (old ? old.revision > row.revision : search.value) return;
    // IDs grow with time, so they sort the newest first.
    const others = known.filter(({ id }) => id !== row.id);
    rows.value = [row, ...others].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, SHOWN);
  };
  useReading(search.value, read);
  useFollowing(RECENTS_UPDATED, take);

  if (problem.value) return html`<${ProblemNote} problem=${problem} />`;
  if (!rows.value || (rows.value.length === 0 && !search.value)) return null;
  return html`<section class="recents" aria-labelledby="recents">
    <div class="row">
      <h2 id="recents">${text.recent}</h2>
      <label class="search"><${Icon} name="search" />
        <input type="search" aria-label=${text.find} placeholder=${text.find} value=${search}
          onInput=${(/** @type {InputEvent} */ event) => (search.value = /** @type {HTMLInputElement} */ (event.target).value)} />
      </label>
    </div>
    <ul class="shelf">${rows.value.map((row) => html`<${RecentCard} key=${row.id} row=${row} />`)}</ul>
    ${rows.value.length === 0 && html`<p class="hint">${text.none}</p>`}
  </section>`;
}

/** @param {{ row: Recent }} properties */
function RecentCard({ row }) {
  const { story } = words();
  const { completed, total, failed } = row.shotCounts;
  const counts = [total && story.shots(total), completed < total && story.ready(completed), failed && story.failed(failed)];
  return html`<li class="tile">
    <div class="frame">${row.thumbnailUrl && html`<${Picture} url=${row.thumbnailUrl} sizes=${SIZES.recent} alt="" />`}</div>
    <h3><a class="cover" href=${storyPath(row.id)}>${row.title ?? story.untitled}</a></h3>
    <p class="hint"><${Phase} phase=${row.phase} />${counts.filter(Boolean).map((count) => ` · ${count}`)}</p>
  </li>`;
}
