// @ts-check
// Opens a text file as the story: the server decodes any encoding, and the user can change its guess.
import { Icon } from "./pieces.js";
import { readText } from "../connection.js";
import { draftOf } from "../drafts.js";
import { server } from "../server.js";
import { html, useSignal } from "../vendor/libraries.js";
import { words } from "../words.js";

/** @import { OpenedFile, Signal } from "../types" */

const BYTES_A_CHARACTER = 4;
const REFUSED_UNREAD = 413;

/** @param {string} text */
const lengthOf = (text) => Array.from(text).length;

/**
 * Opens files into a story, or sets its complaint to the reason why not.
 * @param {{ content: Signal<string>, complaint: Signal<string> }} story
 */
export function useTextFile({ content, complaint }) {
  const opened = draftOf("file", /** @type {OpenedFile | null} */ (null));
  const reading = useSignal(0);

  /** @param {File | undefined} file @param {string} [encoding] selected by the user */
  const open = async (file, encoding) => {
    if (!file) return;
    const turn = (reading.value += 1);
    const { refusedFiles, tooLong, empty } = words().create;
    const limit = server.value?.limits.maxContentLength ?? Number.POSITIVE_INFINITY;
    const isTooLong = file.size > (limit + 1) * BYTES_A_CHARACTER;
    const { status, message, read } = isTooLong ? { status: REFUSED_UNREAD, message: "", read: null } : await readText(file, encoding);
    if (turn !== reading.value) return; // another file was opened in the meantime
    if (read && lengthOf(read.text) <= limit && read.text.trim()) {
      opened.value = { file, ...read };
      content.value = read.text;
      complaint.value = "";
    } else if (read) complaint.value = read.text.trim() ? tooLong(limit) : empty;
    else if (status === REFUSED_UNREAD) complaint.value = tooLong(limit);
    else if (status === 0) complaint.value = words().trouble.UNREACHABLE;
    else complaint.value = refusedFiles[status] ?? message;
  };
  return { opened, open };
}

/**
 * How the file was decoded, as long as the story is its content.
 * @param {{ opened: Signal<OpenedFile | null>, content: Signal<string>, open: (file: File, encoding: string) => void }} properties
 */
export function TextFileNote({ opened, content, open }) {
  const file = opened.value;
  if (!file || content.value !== file.text) return null;
  const { encodings, readAs, look } = words().create.textFile;
  return html`<p class="row hint told opened">
    <span class="name"><${Icon} name="file" />${file.file.name}</span>
    <label>${readAs}
      <select value=${file.encoding} onChange=${(/** @type {Event} */ event) => open(file.file, /** @type {HTMLSelectElement} */ (event.target).value)}>
        ${file.candidates.map((name) => html`<option key=${name} value=${name}>${encodings[name] ?? name}</option>`)}
      </select>
    </label>
    ${!file.isCertain && html`<span role="status">${look}</span>`}
  </p>`;
}
