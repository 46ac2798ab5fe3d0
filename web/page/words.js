// @ts-check
// The page's texts in two languages: one object each, with the same keys, enforced by the types.
import { signal } from "./vendor/libraries.js";
import { english } from "./words.en.js";
import { chinese } from "./words.zh.js";

/** @import { Failure, StoryRow, VideoWarning } from "./types" */
/** @typedef {typeof english} Words */
/** @typedef {"en" | "zh"} Language */

const CHOSEN = "ai-story-language";

/** @returns {Language} */
function preferred() {
  const chosen = localStorage.getItem(CHOSEN);
  if (chosen === "en" || chosen === "zh") return chosen;
  const known = navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag));
  return known?.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export const language = signal(preferred());

/** The texts of the current language; a component that reads them is rendered again when it changes. */
export function words() {
  return language.value === "zh" ? chinese : english;
}

/** @param {Language} tag */
export function speak(tag) {
  localStorage.setItem(CHOSEN, tag);
  language.value = tag;
}

/** @param {number} share 0 to 1 */
export const percent = (share) => `${Math.floor(share * 100)} %`;

/** @param {number} seconds */
export function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** The time of day. @param {string} moment */
export const hour = (moment) =>
  new Intl.DateTimeFormat(language.value, { timeStyle: "medium" }).format(new Date(moment));

/** @param {string} moment */
export const day = (moment) =>
  new Intl.DateTimeFormat(language.value, { day: "numeric", month: "short", year: "numeric" }).format(new Date(moment));

/** @param {number} bytes */
export const megabytes = (bytes) =>
  `${new Intl.NumberFormat(language.value, { maximumFractionDigits: 1 }).format(bytes / 1e6)} MB`;

/**
 * What went wrong, and the next step. An unknown code keeps the server's sentence.
 * @param {Pick<Failure, "code" | "message" | "retryable">} failure
 * @returns {{ what: string, next: string }}
 */
export function explain({ code, message, retryable }) {
  const { failures } = words();
  const [what, next] = failures.byCode[code] ?? [];
  return { what: what ?? message, next: next ?? (retryable ? failures.retry : failures.change) };
}

/**
 * What a film lacks, and the next step.
 * @param {Pick<VideoWarning, "code" | "message">} warning
 * @param {boolean} isAhead it is not made yet
 */
export function explainWarning({ code, message }, isAhead) {
  const { ahead, byCode } = words().warnings;
  const [what, next] = (isAhead && ahead[code]) || (byCode[code] ?? [message, ""]);
  return { what, next };
}

/** The user's next step for a story; empty if there is none. @param {Pick<StoryRow, "nextStep" | "phase" | "shotCounts">} story */
export function nextStepText({ nextStep, phase, shotCounts }) {
  if (!nextStep) return "";
  const say = words().nextSteps[nextStep.code];
  return say ? say(shotCounts.failed + shotCounts.canceled, phase === "DONE") : nextStep.message;
}

/** One sentence for an error; in English it is the server's. @param {{ code: string, message: string }} error */
export function refusalText({ code, message }) {
  const { refusals } = words();
  return refusals[code] ?? message;
}
