// @ts-check
// The film: render it, watch it, download it.
import { useChange } from "../changes.js";
import { CANCEL_VIDEO, GENERATE_VIDEO } from "../operations.js";
import { isOpenRow } from "../statuses.js";
import { html, useSignal } from "../vendor/libraries.js";
import { megabytes, percent, words } from "../words.js";
import { Picture, SIZES, local } from "../views/pictures.js";
import { Bar, FailureNote, ProblemNote, SHAPES } from "../views/pieces.js";
import { isBeingMade } from "./clip.js";
import { Player } from "./player.js";
import { WarningNote, WarningsAhead } from "./warnings.js";

/** @import { StoryRow, VideoRow } from "../types" */

/** @param {{ state: import("./state.js").StoryState, story: StoryRow }} properties */
export function Film({ state, story }) {
  const text = words().film;
  const change = useChange();
  const burn = useSignal(/** @type {boolean | null} */ (null));
  const hasSubtitles = useSignal(true);
  const video = state.video.value;
  const isOpen = !!video && isOpenRow(video);
  const progress = video?.status === "GENERATING" ? video.progress : 0;

  const isBurned = burn.value ?? video?.burnSubtitles ?? false;
  const failure = isOpen ? null : video?.failure;

  /** @param {boolean} allowMissingShots */
  const make = async (allowMissingShots) => {
    const input = { storyId: story.id, burnSubtitles: isBurned, allowMissingShots };
    const payload = await change.run(GENERATE_VIDEO, { input });
    if (payload) state.takeVideo(payload.video);
  };
  const stop = async () => {
    const payload = video && (await change.run(CANCEL_VIDEO, { id: video.id }));
    if (payload) state.takeVideo(payload.video);
  };
  const awaitsClip = state.order.value.some((id) => isBeingMade(state.shot(id)?.value.clip ?? null));
  const lacksPictures = change.problem.value?.field?.includes("allowMissingShots");
  const wish = html`<span class="row">
    <label class="check"><input type="checkbox" checked=${isBurned} onChange=${() => (burn.value = !isBurned)} />${text.burn}</label>
    <button class=${video?.videoUrl && !failure ? "button" : "button is-primary"} aria-disabled=${change.isBusy.value} onClick=${() => make(false)}>
      ${failure ? words().shot.retry : video?.videoUrl ? text.again : text.make}</button>
  </span>`;
  return html`<section class="film" data-shape=${SHAPES[story.aspectRatio]}>
    <div class="player">
      ${video?.videoUrl ? html`<${Player} key=${new URL(video.videoUrl).pathname} video=${video} language=${story.language} hasSubtitles=${hasSubtitles.value} />` : html`<${Screen} state=${state} shape=${SHAPES[story.aspectRatio]} video=${video} progress=${isOpen ? progress : undefined} />`}
    </div>
    ${isOpen && html`<div class="making">
      ${video.videoUrl && html`<${Bar} progress=${progress} label=${text.making} />`}
      <div class="row">
        <p class="hint">${video.videoUrl ? `${text.making} · ${percent(progress ?? 0)}. ${text.stale}` : ""}</p>
        <button class="button" onClick=${stop}>${text.stop}</button>
      </div>
    </div>`}
    ${failure && html`<${FailureNote} failure=${failure}>${wish}<//>`}
    ${video?.warnings.map((warning) => html`<${WarningNote} key=${warning.code} warning=${warning} />`)}
    ${!isOpen && html`<${WarningsAhead} state=${state} story=${story} burnSubtitles=${isBurned} told=${video?.warnings ?? []} />`}
    ${((!isOpen && !failure) || video?.videoUrl) && html`<div class="row film-actions">
      ${video?.videoUrl && html`<${Subtitles} video=${video} chosen=${hasSubtitles} /><${Downloads} video=${video} />`}
      ${!isOpen && !failure && wish}
    </div>`}
    <${ProblemNote} problem=${change.problem} />
    ${lacksPictures && html`<div class="row"><button class="button" onClick=${() => make(true)}>${awaitsClip ? words().clip.without : text.without}</button></div>`}
  </section>`;
}

/**
 * A preview of the film: its first picture, and its status.
 * @param {{ state: import("./state.js").StoryState, shape: keyof typeof SIZES.screen, video: VideoRow | null, progress?: number | null }} properties progress: while it is made
 */
function Screen({ state, shape, video, progress }) {
  const isOpen = progress !== undefined;
  const text = words().film;
  const first = state.order.value.map((id) => state.shot(id)?.value.imageUrl).find(Boolean);
  const title = isOpen ? (video?.status === "PENDING" ? text.waiting : text.making) : video?.status === "CANCELED" ? text.stopped : video?.status === "FAILED" ? text.failed : text.none;
  return html`<div class="screen frame" data-status=${isOpen ? "GENERATING" : undefined}>
    ${first && html`<${Picture} url=${first} sizes=${SIZES.screen[shape]} alt="" isEager=${true} />`}
    <div class="over">
      ${isOpen && progress !== null && html`<p class="figure">${percent(progress)}</p>`}
      <h2>${title}</h2>
      ${!video && html`<p>${text.noneNext}</p>`}
    </div>
    ${isOpen && html`<${Bar} progress=${progress} label=${text.making} />`}
  </div>`;
}

/** @param {{ video: VideoRow, chosen: import("../types").Cell<boolean> }} properties */
function Subtitles({ video, chosen }) {
  const text = words().film;
  if (video.burnSubtitles) return html`<span class="hint">${text.burned}</span>`;
  if (!video.captionsUrl) return null;
  return html`<button class="switch" aria-pressed=${chosen.value} onClick=${() => (chosen.value = !chosen.value)}><i></i>${text.subtitles}</button>`;
}

/** @param {{ video: VideoRow }} properties */
function Downloads({ video }) {
  const text = words().film;
  const name = video.title.replace(/[\\/:*?"<>|\p{Cc}]+/gu, " ").trim() || "film";
  return html`<span class="row">
    <span class="hint" aria-hidden="true">${text.download}</span>
    ${video.videoUrl && html`<a class="button" href=${local(video.videoUrl)} download=${`${name}.mp4`}>
      <span class="unseen">${text.download} </span>${text.mp4}${video.sizeBytes && html` <small>${megabytes(video.sizeBytes)}</small>`}</a>`}
    ${video.subtitlesUrl && html`<a class="button" href=${local(video.subtitlesUrl)} download=${`${name}.srt`}><span class="unseen">${text.download} </span>${text.srt}</a>`}
  </span>`;
}
