// @ts-check
// Radio buttons that look like their choices.
import { html } from "../vendor/libraries.js";
import { words } from "../words.js";

/** @import { Cell, Style } from "../types" */

/** @type {Style[]} */
const STYLES = ["MOVIE", "ANIMATION", "REALISTIC"];
const LOOKS = new URL("../looks/", import.meta.url);

/** The styles, each as a picture of the same scene. @param {{ chosen: Cell<Style> }} properties */
export function Looks({ chosen }) {
  const { create } = words();
  return html`<fieldset class="looks">
    <legend>${create.style}</legend>
    ${STYLES.map(
      (style) => html`<label class="look" key=${style}>
        <input type="radio" name="style" value=${style} checked=${chosen.value === style} onChange=${() => (chosen.value = style)} />
        <span class="frame"><img src=${new URL(`${style.toLowerCase()}.webp`, LOOKS).pathname} alt="" width="480" height="270" /></span>
        <span class="name">${create.styles[style]}</span>
      </label>`,
    )}
  </fieldset>`;
}

/**
 * @param {{ name: string, legend: string, chosen: Cell<any>, options: [string, string][] }} properties options: value and words
 */
export function Choice({ name, legend, chosen, options }) {
  return html`<fieldset class="wish">
    <legend>${legend}</legend>
    <div class="choice">
      ${options.map(
        ([value, text]) => html`<label key=${value}>
          <input type="radio" name=${name} value=${value} checked=${chosen.value === value} onChange=${() => (chosen.value = value)} />
          <span data-value=${value}>${text}</span>
        </label>`,
      )}
    </div>
  </fieldset>`;
}
