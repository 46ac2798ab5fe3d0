// @ts-check
// A shot in motion: the request, the progress of its clip, and the clip in place of the picture.
import { useChange } from "../changes.js";
import { REGENERATE_CLIP, UPDATE_SHOT } from "../operations.js";
import { providerOf, readServer, server } from "../server.js";
import { isOpenRow } from "../statuses.js";
import { html, useEffect } from "../vendor/libraries.js";
import { percent, words } from "../words.js";
import { Picture, SIZES, poster, useMedia } from "../views/pictures.js";
import { Bar, FailureNote, ProblemNote } from "../views/pieces.js";

/** @import { Clip, ShotRow } from "../types" */

const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

/** @param {Clip | null} clip */
export const isBeingMade = (clip) => !!clip && isOpenRow(clip);

/** What the film will show of the shot. @param {{ shot: ShotRow & { imageUrl: string }, shape: keyof typeof SIZES.stage }} properties */
export function MovingPicture({ shot, shape }) {
  const url = shot.motion === "CLIP" ? shot.clip?.videoUrl : null;
  if (!url) return html`<${Picture} url=${shot.imageUrl} sizes=${SIZES.stage[shape]} preview=${SIZES.board[shape]} alt=${shot.prompt} isEager=${true} />`;
  return html`<${Moving} key=${new URL(url).pathname} url=${url} picture=${shot.imageUrl} label=${shot.prompt} />`;
}

/** With reduced motion it plays only on request. @param {{ url: string, picture: string, label: string }} properties */
function Moving({ url, picture, label }) {
  const { source, onError } = useMedia(url);
  return html`<video class="picture" src=${source} poster=${poster(picture)} aria-label=${label} onError=${onError}
    autoplay=${!isCalm.matches} controls=${isCalm.matches} loop muted playsinline></video>`;
}

/** @param {{ state: import("./state.js").StoryState, shot: ShotRow }} properties */
export function ClipWish({ state, shot }) {
  const { clip: text } = words();
  const { run, problem, isBusy } = useChange();
  useEffect(() => void readServer(), []);
  const isWished = shot.motion === "CLIP";
  if (!isWished && !(server.value && providerOf(server.value, "clip"))) return null;
  /** @param {string} query @param {Record<string, unknown>} input */
  const ask = async (query, input) => {
    const payload = await run(query, { input: { id: shot.id, ...input } });
    if (payload) state.takeShot(payload.shot);
  };
  const { clip } = shot;
  const isOpen = isBeingMade(clip);
  const again = html`<button class="button" aria-disabled=${isBusy.value} onClick=${() => ask(REGENERATE_CLIP, {})}>${text.again}</button>`;
  return html`<section class="clip" aria-label=${text.title}>
    <div class="row">
      <button class="switch" aria-pressed=${isWished} onClick=${() => ask(UPDATE_SHOT, { motion: isWished ? "STILL" : "CLIP" })}><i></i>${text.title}</button>
      ${isWished && html`<span class="hint" role="status">${said(text, shot)}</span>`}
    </div>
    ${isWished && isOpen && html`<${Bar} progress=${clip?.status === "PENDING" ? 0 : (clip?.progress ?? null)} label=${text.making} />`}
    ${isWished && clip?.failure && !isOpen && html`<${FailureNote} failure=${clip.failure}>${again}<//>`}
    ${isWished && clip && !clip.failure && !isOpen && html`<div class="row">${again}</div>`}
    <${ProblemNote} problem=${problem} />
  </section>`;
}

/** @param {ReturnType<typeof words>["clip"]} text @param {ShotRow} shot */
function said(text, { clip, imageUrl }) {
  if (!clip) return imageUrl ? "" : text.waiting;
  if (isBeingMade(clip)) return clip.progress ? `${text.making} · ${percent(clip.progress)}` : text.making;
  return clip.videoUrl ? text.seconds(Math.round(clip.durationSeconds ?? 0)) : text.still;
}
