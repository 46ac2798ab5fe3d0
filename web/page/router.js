// @ts-check
// Maps addresses to views. Links are plain links; inside the page they change the view without a reload.
import { HOME } from "./home.js";
import { signal } from "./vendor/libraries.js";

/**
 * @typedef {{ view: "create" } | { view: "films" } | { view: "unknown" }
 *   | { view: "story", id: string, part: "board" | "film", shot?: undefined }
 *   | { view: "story", id: string, part: "shot", shot: string }} Route
 */

/** Without the prefix it is the same view: the server's own machine may leave it out. @param {string} path @returns {Route} */
export function parse(path) {
  if (path.startsWith(HOME)) path = path.slice(HOME.length);
  const [first, id, part, shot, ...rest] = path.split("/").filter(Boolean);
  if (first === undefined) return { view: "create" };
  if (first === "films" && id === undefined) return { view: "films" };
  if (first === "stories" && id && rest.length === 0) {
    if (part === undefined) return { view: "story", id, part: "board" };
    if (part === "film" && shot === undefined) return { view: "story", id, part: "film" };
    if (part === "shots" && shot) return { view: "story", id, part: "shot", shot };
  }
  return { view: "unknown" };
}

/** @param {string} id */
export const storyPath = (id) => `${HOME}stories/${id}`;
/** @param {string} id */
export const filmPath = (id) => `${HOME}stories/${id}/film`;
/** @param {string} id @param {string} shot */
export const shotPath = (id, shot) => `${HOME}stories/${id}/shots/${shot}`;

/** The server does not know the address, although it may look valid: an extra slash is enough. */
const isUnknown = document.querySelector("[data-unknown]") !== null;
export const route = signal(isUnknown ? /** @type {Route} */ ({ view: "unknown" }) : parse(location.pathname));
/** The shot whose frame grows into the next view, or shrinks back into its card. */
export const frameInFlight = signal(/** @type {string | null} */ (null));

let flights = 0;

const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

/** @param {string} path @param {{ replace?: boolean }} [how] */
export function navigate(path, { replace = false } = {}) {
  if (path === location.pathname) return;
  if (replace) history.replaceState(null, "", path);
  else {
    history.replaceState({ scroll: scrollY }, "");
    history.pushState(null, "", path);
  }
  show(0);
}

/** @param {number} scroll */
function show(scroll) {
  const from = route.value, to = parse(location.pathname);
  const shot = to.view === "story" && to.shot ? to.shot : from.view === "story" ? from.shot : undefined;
  const isSameStory = from.view === "story" && to.view === "story" && from.id === to.id;
  const change = async () => {
    route.value = to;
    await Promise.resolve().then(() => {}); // Preact has drawn by then
    scrollTo(0, scroll);
  };
  if (!isSameStory || !shot || isCalm.matches || !document.startViewTransition) {
    void change().then(focusMain);
    return;
  }
  frameInFlight.value = shot;
  const mine = ++flights;
  const flight = document.startViewTransition(change);
  flight.ready.catch(() => {}); // skipped: the view is there all the same
  flight.updateCallbackDone.then(focusMain, () => {});
  flight.finished.finally(() => {
    if (mine === flights) frameInFlight.value = null; // one that was skipped ends after the next has begun
  }).catch(() => {});
}

/** Move the focus of keyboard and screen reader to the opened view. */
function focusMain() {
  const shot = route.value.view === "story" && route.value.part === "board" ? frameInFlight.value : null;
  const card = shot === null ? null : document.querySelector(`#shot-${CSS.escape(shot)} a`);
  const target = card ?? document.querySelector("[data-focus]");
  if (target instanceof HTMLElement) target.focus({ preventScroll: true });
}

/** @param {MouseEvent} event */
function followLink(event) {
  const anchor = event.target instanceof Element ? event.target.closest("a") : null;
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!anchor || !isPlain || event.defaultPrevented || anchor.target || anchor.hasAttribute("download")) return;
  if (anchor.origin !== location.origin || parse(anchor.pathname).view === "unknown") return;
  event.preventDefault();
  navigate(anchor.pathname);
}

export function startRouter() {
  history.scrollRestoration = "manual";
  document.addEventListener("click", followLink);
  addEventListener("popstate", (event) => show(event.state?.scroll ?? 0));
}
