// @ts-check
// The head of the page: navigation, connection state and language.
import { hasKey, keyWish, link, signOut } from "../connection.js";
import { HOME } from "../home.js";
import { route } from "../router.js";
import { html } from "../vendor/libraries.js";
import { language, speak, words } from "../words.js";

export function Head() {
  const { site } = words();
  const other = language.value === "zh" ? "en" : "zh";
  /** @param {string} view */
  const current = (view) => (route.value.view === view ? "page" : undefined);
  return html`<header class="head">
    <a class="mark" href=${HOME} aria-label="AI-Story"><i></i><span>AI-Story</span></a>
    <nav aria-label=${site.main}>
      <a href=${HOME} aria-current=${current("create")}>${site.create}</a>
      <a href="${HOME}films" aria-current=${current("films")}>${site.films}</a>
    </nav>
    ${!keyWish.value && html`<p class="link" role="status" data-link=${link.value}>${words().link[link.value]}</p>`}
    ${hasKey.value && html`<button class="quiet" onClick=${signOut}>${site.signOut}</button>`}
    <button class="quiet" lang=${other} aria-label=${site.languageHint} onClick=${() => speak(other)}>${site.language}</button>
  </header>`;
}
