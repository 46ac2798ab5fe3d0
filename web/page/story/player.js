// @ts-check
// Plays a film; its subtitles are a track that can be switched, unless they are part of the picture.
import { html, useEffect, useRef } from "../vendor/libraries.js";
import { words } from "../words.js";
import { local, poster, useMedia } from "../views/pictures.js";

/** @import { VideoRow } from "../types" */

/** @param {{ video: VideoRow & { videoUrl: string }, language: string, hasSubtitles: boolean }} properties */
export function Player({ video, language, hasSubtitles }) {
  const text = words().film;
  const element = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const film = useMedia(video.videoUrl);
  const track = video.burnSubtitles ? null : video.captionsUrl;
  useEffect(() => {
    const subtitles = element.current?.textTracks[0];
    if (subtitles) subtitles.mode = hasSubtitles ? "showing" : "hidden";
  }, [track, hasSubtitles]);
  return html`<video ref=${element} class="screen frame" controls playsinline preload="metadata" aria-label=${text.player}
    src=${film.source} onError=${film.onError} poster=${video.thumbnailUrl && poster(video.thumbnailUrl)}>
    ${track && html`<track kind="subtitles" srclang=${language || "en"} label=${text.subtitles} src=${local(track)} default />`}
  </video>`;
}
