// @ts-check
// The page: its head, and the view of the address.
import { keyWish } from "../connection.js";
import { HOME } from "../home.js";
import { route } from "../router.js";
import { html, signal, useEffect } from "../vendor/libraries.js";
import { language, words } from "../words.js";
import { Create } from "./create.js";
import { Films } from "./films.js";
import { Head } from "./head.js";
import { Emptiness } from "./pieces.js";
import { SignIn } from "./sign-in.js";

const Story = signal(/** @type {typeof import("../story/story.js").Story | null} */ (null));

/** Load the modules of a story; the first view loads faster without them. */
export async function bringStory() {
  Story.value ??= (await import("../story/story.js")).Story;
}

export function App() {
  const { site } = words();
  useEffect(() => {
    document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
  }, [language.value]);
  return html`
    <a class="skip" href="#main">${site.skip}</a>
    <${Head} />
    <main id="main" tabindex="-1"><${View} /></main>
  `;
}

function View() {
  useEffect(() => {
    if (route.value.view === "story") void bringStory();
  }, [route.value.view]);
  if (keyWish.value) return html`<${SignIn} reason=${keyWish.value} />`;
  const at = route.value;
  switch (at.view) {
    case "create":
      return html`<${Create} />`;
    case "films":
      return html`<${Films} />`;
    case "story":
      return Story.value ? html`<${Story.value} key=${at.id} id=${at.id} />` : html`<div class="story" aria-busy="true"></div>`;
    default:
      return html`<${Emptiness} title=${words().unknown.title} next=${words().unknown.next}>
        <a class="button" href=${HOME}>${words().story.back}</a>
      <//>`;
  }
}
