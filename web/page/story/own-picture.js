// @ts-check
// Uploads a picture: the server returns the link, and its events show the result.
import { useChange } from "../changes.js";
import { UPLOAD_TAKE } from "../operations.js";
import { html, useSignal } from "../vendor/libraries.js";
import { words } from "../words.js";
import { local } from "../views/pictures.js";
import { Icon, ProblemNote } from "../views/pieces.js";

/** @import { ShotRow, TakeUpload } from "../types" */

/**
 * @param {TakeUpload} upload @param {File} file
 * @returns {Promise<number>} the HTTP status; 0 if there was no response
 */
async function put(upload, file) {
  // Files that would be rejected are not sent; the server checks the bytes themselves.
  if (file.size > upload.maxSizeBytes) return 413;
  if (file.type && !upload.mediaTypes.includes(file.type)) return 415;
  try {
    return (await fetch(local(upload.url), { method: "PUT", body: file })).status;
  } catch {
    return 0;
  }
}

/** @param {{ shot: ShotRow }} properties */
export function OwnPicture({ shot }) {
  const text = words();
  const { run, problem, isBusy } = useChange();
  const isSending = useSignal(false);
  const status = useSignal(200);
  const isWaiting = isBusy.value || isSending.value;

  /** @param {File | undefined} file */
  const send = async (file) => {
    if (!file || isWaiting) return;
    status.value = 200;
    const payload = await run(UPLOAD_TAKE, { shotId: shot.id });
    if (!payload) return;
    isSending.value = true;
    status.value = await put(payload.upload, file);
    isSending.value = false;
  };
  /** @param {Event} event */
  const choose = (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    void send(input.files?.[0]);
    input.value = ""; // the same file can be chosen again
  };
  const { refused } = text.shot;
  const refusal = status.value === 0 ? text.trouble.UNREACHABLE : (refused[status.value] ?? refused.other);
  return html`<div class="own-picture">
    <label class="chip file"><input class="unseen" type="file" accept=".jpg,.jpeg,.png,.webp,image/jpeg,image/png,image/webp" onChange=${choose} />
      <${Icon} name="file" />${isWaiting ? text.shot.ownSending : text.shot.own}</label>
    ${status.value >= 200 && status.value < 300 ? null : html`<p class="problem" role="alert">${refusal}</p>`}
    <${ProblemNote} problem=${problem} />
  </div>`;
}
