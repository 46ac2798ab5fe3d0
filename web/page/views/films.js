// @ts-check
// The library of finished films, newest first, with search and a time filter.
import { HOME } from "../home.js";
import { FILMS, FILMS_UPDATED } from "../operations.js";
import { filmPath } from "../router.js";
import { askOr, useFollowing, useProblem, useReading } from "../shelf.js";
import { html, signal, useEffect, useSignal } from "../vendor/libraries.js";
import { clock, day, words } from "../words.js";
import { Choice } from "./choices.js";
import { Picture, SIZES } from "./pictures.js";
import { Emptiness, Icon, ProblemNote } from "./pieces.js";

/** @import { FilmOnShelf } from "../types" */

const PAGE = 24;
const DAY_MS = 86_400_000;
/** @type {Record<string, number>} */
const DAYS = { day: 1, week: 7, month: 30 };

/** The search; it is kept when the user returns from a film. */
const search = signal("");
const time = signal("any");

/** The start of the day this many days ago, in local time. @param {number} days */
function since(days) {
  const start = new Date(Date.now() - (days - 1) * DAY_MS);
  start.setHours(0, 0, 0, 0);
  return start.toISOString();
}

export function Films() {
  const text = words().films;
  const rows = useSignal(/** @type {FilmOnShelf[] | null} */ (null));
  const problem = useProblem();
  const next = useSignal(/** @type {string | null} */ (null));
  useEffect(() => {
    document.title = `${text.title} · AI-Story`;
  }, [text.title]);

  const question = `${time.value} ${search.value.trim()}`;
  /** @param {string | null} after */
  const read = async (after) => {
    const days = DAYS[time.value];
    const data = await askOr(FILMS, { first: PAGE, after, search: search.value.trim() || null, since: days ? since(days) : null }, problem);
    if (!data || question !== `${time.value} ${search.value.trim()}`) return;
    rows.value = after ? [...(rows.value ?? []), ...data.videos.nodes] : data.videos.nodes;
    next.value = data.videos.pageInfo.hasNextPage ? data.videos.pageInfo.endCursor : null;
  };
  useReading(question, () => read(null));
  useFollowing(FILMS_UPDATED, ({ storiesUpdated: { video } }) => {
    const known = rows.value?.find(({ id }) => id === video?.id);
    if (video?.status === "COMPLETED" && (known?.revision ?? 0) < video.revision) void read(null);
  });

  if (rows.value === null) return html`<div class="films" aria-busy=${!problem.value}><${ProblemNote} problem=${problem} /></div>`;
  const isFiltered = search.value !== "" || time.value !== "any";
  if (rows.value.length === 0 && !isFiltered) {
    return html`<${Emptiness} title=${text.none} next=${text.noneNext}><a class="button is-primary" href=${HOME}>${words().site.create}</a><//>`;
  }
  return html`<section class="films">
    <div class="row films-head">
      <h1 tabindex="-1" data-focus>${text.title}</h1>
      <label class="search"><${Icon} name="search" />
        <input type="search" aria-label=${text.search} placeholder=${text.search} value=${search}
          onInput=${(/** @type {InputEvent} */ event) => (search.value = /** @type {HTMLInputElement} */ (event.target).value)} />
      </label>
      <${Choice} name="time" legend=${text.when} chosen=${time} options=${Object.entries(text.times)} />
    </div>
    ${rows.value.length === 0 && html`<p class="nothing-found">${text.notFound} <span>${text.notFoundNext}</span></p>`}
    <ul class="shelf">${rows.value.map((film) => html`<${FilmCard} key=${film.id} film=${film} />`)}</ul>
    <${ProblemNote} problem=${problem} />
    ${next.value && html`<button class="button" onClick=${() => read(next.value)}>${text.more}</button>`}
  </section>`;
}

/** @param {{ film: FilmOnShelf }} properties */
function FilmCard({ film }) {
  return html`<li class="tile">
    <div class="frame">
      ${film.thumbnailUrl && html`<${Picture} url=${film.thumbnailUrl} sizes=${SIZES.film} alt="" />`}
      ${film.durationSeconds !== null && html`<span class="length"><span class="unseen">${words().films.seconds} </span>${clock(film.durationSeconds)}</span>`}
    </div>
    <h2><a class="cover" href=${filmPath(film.story.id)}>${film.title || words().story.untitled}</a></h2>
    <p class="hint">${day(film.createdAt)}</p>
  </li>`;
}
