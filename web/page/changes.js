// @ts-check
// Changes that a user requests: sent once; the error is kept for display next to the button.
import { AskError, ask } from "./connection.js";
import { useSignal } from "./vendor/libraries.js";
import { refusalText, words } from "./words.js";

/** @typedef {{ code: string, message: string, field?: string[] | null }} Problem */

/** After these errors the change may have been made, so a repetition keeps its key. */
const UNCERTAIN = ["UNREACHABLE", "DATABASE_UNAVAILABLE", "TIMEOUT"];

/** A unique key; randomUUID would require a secure origin. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
}

/** The variables with an idempotency key in their input, so that a repetition has no second effect. @param {any} variables */
const withKey = (variables) =>
  variables.input ? { ...variables, input: { ...variables.input, idempotencyKey: newKey() } } : variables;

/** The changes of one button: what is in progress, and why the last one was refused. */
export function useChange() {
  const isBusy = useSignal(false);
  const problem = useSignal(/** @type {Problem | null} */ (null));
  const unanswered = useSignal(/** @type {{ asked: string, variables: any } | null} */ (null));

  /**
   * @param {string} query
   * @param {Record<string, unknown>} variables
   * @returns {Promise<any>} the payload of the mutation; null if it was refused, and `problem` has the reason
   */
  async function run(query, variables) {
    if (isBusy.value) return null;
    isBusy.value = true;
    problem.value = null;
    const asked = query + JSON.stringify(variables);
    const sent = unanswered.value?.asked === asked ? unanswered.value.variables : withKey(variables);
    unanswered.value = null;
    try {
      const [payload] = Object.values(await ask(query, sent));
      problem.value = payload.userErrors[0] ?? null;
      return problem.value ? null : payload;
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      if (UNCERTAIN.includes(error.code)) unanswered.value = { asked, variables: sent };
      problem.value = error;
      return null;
    } finally {
      isBusy.value = false;
    }
  }
  return { isBusy, problem, run };
}

/** One sentence for the user. @param {Problem} problem */
export function problemText(problem) {
  const { trouble } = words();
  if (problem.code === "UNREACHABLE") return trouble.UNREACHABLE;
  if (problem.code === "INTERNAL_SERVER_ERROR") return `${trouble.other} (${problem.message})`;
  return refusalText(problem);
}
