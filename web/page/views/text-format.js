// @ts-check
// How the story is written: the server recognizes it while the text is written, and the user can change its guess.
import { draftOf } from "../drafts.js";
import { RECOGNIZED_FORMAT } from "../operations.js";
import { askOr, useProblem, useReading } from "../shelf.js";
import { html, useSignal } from "../vendor/libraries.js";
import { words } from "../words.js";

/** @import { Signal, TextFormat } from "../types" */

/** The beginning decides. */
const EXAMINED = 20_000;

/** What the user chose for the text; null leaves it to the server. */
export const chosenFormat = () => draftOf("format", /** @type {TextFormat | null} */ (null));

/** @param {{ content: Signal<string> }} properties */
export function TextFormatNote({ content }) {
  const chosen = chosenFormat();
  const unseen = useProblem(); // a text is refused when the story begins
  const recognized = useSignal(/** @type {TextFormat} */ ("PLAIN"));
  const beginning = content.value.slice(0, EXAMINED).trim();
  useReading(beginning, async () => {
    if (!beginning) return void (chosen.value = null); // another text
    const data = await askOr(RECOGNIZED_FORMAT, { content: beginning }, unseen);
    if (data) recognized.value = data.recognizedFormat;
  });
  if (!beginning) return null;
  const { format, formats } = words().create;
  return html`<p class="row hint told format">
    <label>${format}
      <select value=${chosen.value ?? recognized.value}
        onChange=${(/** @type {Event} */ event) => (chosen.value = /** @type {TextFormat} */ (/** @type {HTMLSelectElement} */ (event.target).value))}>
        ${Object.entries(formats).map(([name, told]) => html`<option key=${name} value=${name}>${told}</option>`)}
      </select>
    </label>
  </p>`;
}
