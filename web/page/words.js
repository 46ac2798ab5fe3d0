// @ts-check
// The page's words in two languages; one object each, with the same keys, held by the types.
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

/** The words of the present language; read inside a component, it is drawn again when that changes. */
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
 * What went wrong, and what to do next. A code that we do not know keeps the server's own sentence.
 * @param {Pick<Failure, "code" | "message" | "retryable">} failure
 * @returns {{ what: string, next: string }}
 */
export function explain({ code, message, retryable }) {
  const { failures } = words();
  const [what, next] = failures.byCode[code] ?? [];
  return { what: what ?? message, next: next ?? (retryable ? failures.retry : failures.change) };
}

/**
 * What a film lacks, and what to do.
 * @param {Pick<VideoWarning, "code" | "message">} warning
 * @param {boolean} isAhead it is not made yet
 */
export function explainWarning({ code, message }, isAhead) {
  const { ahead, byCode } = words().warnings;
  const [what, next] = (isAhead && ahead[code]) || (byCode[code] ?? [message, ""]);
  return { what, next };
}

/** What a person can do next about a story; empty when there is nothing. @param {Pick<StoryRow, "nextStep" | "phase" | "shotCounts">} story */
export function nextStepText({ nextStep, phase, shotCounts }) {
  if (!nextStep) return "";
  const say = words().nextSteps[nextStep.code];
  return say ? say(shotCounts.failed + shotCounts.canceled, phase === "DONE") : nextStep.message;
}

/** One sentence for a refusal; in English it is the server's own. @param {{ code: string, message: string }} error */
export function refusalText({ code, message }) {
  const { refusals } = words();
  return refusals[code] ?? message;
}
