// @ts-check
// The warnings of a film: of the existing one, and of one that would be made now.
import { FILM_WARNINGS } from "../operations.js";
import { askOr, useProblem, useReading } from "../shelf.js";
import { html, useSignal } from "../vendor/libraries.js";
import { explainWarning, words } from "../words.js";
import { ProblemNote } from "../views/pieces.js";

/** @import { StoryRow, VideoWarning } from "../types" */

/** @param {{ warning: VideoWarning, isAhead?: boolean }} properties isAhead: the film is not made yet */
export function WarningNote({ warning, isAhead = false }) {
  const { what, next } = explainWarning(warning, isAhead);
  const shots = warning.shotPositions.join(", ");
  return html`<div class="warning" role="note">
    <p><strong>${what}</strong> ${next}</p>
    <p class="code">${warning.code}${shots && ` · ${words().warnings.shots(shots)}`}</p>
    ${what !== warning.message && html`<p class="code" lang="en">${warning.message}</p>`}
  </div>`;
}

/**
 * The warnings of the next film, without those already shown for the present one.
 * @param {{ state: import("./state.js").StoryState, story: StoryRow, burnSubtitles: boolean, told: VideoWarning[] }} properties
 */
export function WarningsAhead({ state, story, burnSubtitles, told }) {
  const answer = useSignal({ question: "", warnings: /** @type {VideoWarning[]} */ ([]) });
  const problem = useProblem();
  const narrations = burnSubtitles ? state.order.value.map((id) => state.shot(id)?.value.narration) : [];
  const question = JSON.stringify([story.id, story.title, story.language, story.status, burnSubtitles, narrations]);
  useReading(question, async () => {
    const data = await askOr(FILM_WARNINGS, { id: story.id, burnSubtitles }, problem);
    if (data?.story) answer.value = { question, warnings: data.story.filmWarnings };
  });
  const known = new Set(told.map(fingerprint));
  const warnings = answer.value.question === question ? answer.value.warnings : [];
  return html`${warnings.filter((one) => !known.has(fingerprint(one))).map((one) => html`<${WarningNote} key=${one.code} warning=${one} isAhead=${true} />`)}
    <${ProblemNote} problem=${problem} />`;
}

/** @param {VideoWarning} warning */
const fingerprint = ({ code, message, shotPositions }) => JSON.stringify([code, message, shotPositions]);
