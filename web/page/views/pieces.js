// @ts-check
// Small components that many views share.
import { problemText } from "../changes.js";
import { keyOf } from "../keys.js";
import { html, useEffect, useMemo } from "../vendor/libraries.js";
import { explain, percent, words } from "../words.js";

/** @import { AspectRatio, Failure, Status, StoryPhase } from "../types" */

/** @type {Record<AspectRatio, "wide" | "tall" | "square">} */
export const SHAPES = { WIDE_16_9: "wide", TALL_9_16: "tall", SQUARE_1_1: "square" };

/** @param {{ status: Status, progress?: number | null, note?: string }} properties */
export function StatusLine({ status, progress = null, note }) {
  const parts = [words().status[status]];
  if (status === "GENERATING" && progress !== null) parts.push(percent(progress));
  if (note) parts.push(note);
  return html`<p class="status" data-status=${status}>${parts.join(" · ")}</p>`;
}

/** The phase of a story, in a word. @param {{ phase: StoryPhase }} properties */
export function Phase({ phase }) {
  return html`<span class="phase" data-phase=${phase}>${words().phases[phase]}</span>`;
}

/**
 * A progress bar; null means unknown, and is animated without a value.
 * @param {{ progress: number | null, label: string, isDone?: boolean }} properties
 */
export function Bar({ progress, label, isDone = false }) {
  const known = progress === null ? {} : { "aria-valuenow": Math.floor(progress * 100) };
  return html`<div class=${`bar${progress === null ? " is-unknown" : isDone ? " is-done" : ""}`} role="progressbar" aria-label=${label}
    aria-valuemin="0" aria-valuemax="100" ...${known}>
    <i style=${{ transform: `scaleX(${progress ?? 0.3})` }}></i>
  </div>`;
}

/** The reason of a failure and the next step, with its buttons. @param {{ failure: Failure, children?: any }} properties */
export function FailureNote({ failure, children }) {
  const { what, next } = explain(failure);
  return html`<div class="failure">
    <p><strong>${what}</strong> ${next}</p>
    <p class="code">${failure.code}${failure.provider ? ` · ${failure.provider}` : ""} · ${words().shot.attempt(failure.attempt)}</p>
    ${children && html`<div class="row">${children}</div>`}
  </div>`;
}

/** The error of the last click. @param {{ problem: { value: import("../changes.js").Problem | null } }} properties */
export function ProblemNote({ problem }) {
  return problem.value && html`<p class="problem" role="alert">${problemText(problem.value)}</p>`;
}

/** @param {{ title: string, next: string, children?: any }} properties */
export function Emptiness({ title, next, children }) {
  return html`<section class="emptiness">
    <h1 tabindex="-1" data-focus>${title}</h1>
    <p>${next}</p>
    ${children}
  </section>`;
}

/**
 * Asks for confirmation in place of the button, without a dialog over the page.
 * @param {{ question: string, onYes: () => void, onNo: () => void }} properties
 */
export function AskAgain({ question, onYes, onNo }) {
  const { story } = words();
  const asker = useMemo(() => document.activeElement, []);
  useEffect(
    () => () => {
      if (document.activeElement === document.body && asker instanceof HTMLElement && asker.isConnected) asker.focus();
    },
    [],
  );
  /** @param {KeyboardEvent} event */
  const leave = (event) => {
    if (keyOf(event) === "Escape") onNo();
  };
  return html`<div class="row ask-again" role="group" aria-label=${question} onKeyDown=${leave}>
    <span>${question}</span>
    <button class="button is-danger" onClick=${onYes} ref=${focusOnce}>${story.yes}</button>
    <button class="button" onClick=${onNo}>${story.no}</button>
  </div>`;
}

/** @param {HTMLElement | null} element */
export function focusOnce(element) {
  element?.focus();
}

const ICONS = {
  back: "M15 5 8 12l7 7",
  next: "m9 5 7 7-7 7",
  plus: "M12 5v14M5 12h14",
  trash: "M5 7h14M10 7V4.5h4V7m-7.5 0 .8 12.5h9.4L17.5 7",
  handle: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
  play: "M8 5.5v13l10.5-6.5z",
  file: "M6 3.5h8l4 4v13H6zm8 0v4h4",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Zm5-1.5L20 20",
  warning: "M12 4 2.5 20h19zm0 6v5m0 2.5v.01",
};

/** @param {{ name: keyof typeof ICONS }} properties */
export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${ICONS[name]} /></svg>`;
}
