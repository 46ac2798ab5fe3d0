// @ts-check
// The sign-in form, if the server requires credentials.
import { signIn } from "../connection.js";
import { html, useRef } from "../vendor/libraries.js";
import { words } from "../words.js";

/** @param {{ reason: import("../connection.js").KeyWish }} properties */
export function SignIn({ reason }) {
  const text = words().signIn;
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  /** @param {SubmitEvent} event */
  const enter = (event) => {
    event.preventDefault();
    const key = input.current?.value.trim();
    if (key) signIn(key);
  };
  return html`<section class="sign-in">
    <h1 tabindex="-1" data-focus>${text.title}</h1>
    <p id="why" role="alert">${text.why[reason]}</p>
    <form onSubmit=${enter}>
      <label for="key">${text.key}</label>
      <div class="row">
        <input id="key" ref=${input} type="password" autocomplete="off" spellcheck=${false} required aria-describedby="why key-hint" />
        <button class="button is-primary">${text.go}</button>
      </div>
      <p id="key-hint" class="hint">${text.hint}</p>
    </form>
  </section>`;
}
