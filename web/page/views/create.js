// @ts-check
// The form that creates a story.
import { Icon, ProblemNote } from "./pieces.js";
import { useChange } from "../changes.js";
import { draftOf } from "../drafts.js";
import { EXAMPLES } from "../examples.js";
import { HOME } from "../home.js";
import { keyOf } from "../keys.js";
import { CREATE_STORY } from "../operations.js";
import { navigate, storyPath } from "../router.js";
import { providerOf, readServer, server } from "../server.js";
import { html, signal, useEffect, useRef, useSignal } from "../vendor/libraries.js";
import { language, words } from "../words.js";
import { Choice, Looks } from "./choices.js";
import { Recents } from "./recents.js";
import { TextFileNote, useTextFile } from "./text-file.js";
import { TextFormatNote, chosenFormat } from "./text-format.js";

/** @import { AspectRatio, Style } from "../types" */

const style = signal(/** @type {Style} */ ("MOVIE"));
const aspectRatio = signal(/** @type {AspectRatio} */ ("WIDE_16_9"));
const narration = signal("");
const shotCount = signal("");
const autoRender = signal(false);
const isMoving = signal(false);

/** The replacement for characters lost by a wrong encoding. */
const LOST = "\ufffd";

export function Create() {
  const text = words().create;
  const content = draftOf("story", "");
  const look = draftOf("look", "");
  const format = chosenFormat();
  const { isBusy, problem, run } = useChange();
  const complaint = useSignal("");
  const isOver = useSignal(false);
  const input = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  useEffect(() => {
    document.title = "AI-Story";
    void readServer();
  }, []);

  async function begin() {
    complaint.value = !content.value.trim() ? text.empty : content.value.includes(LOST) ? text.lost : "";
    if (complaint.value) return input.current?.focus();
    const payload = await run(CREATE_STORY, {
      input: {
        content: content.value,
        textFormat: format.value,
        style: style.value,
        stylePrompt: look.value.trim() || null,
        aspectRatio: aspectRatio.value,
        language: narration.value || null,
        shotCount: Number(shotCount.value) || null,
        autoRender: autoRender.value,
        motion: isMoving.value ? "CLIP" : "STILL",
      },
    });
    if (!payload) return;
    content.value = look.value = "";
    format.value = null;
    navigate(storyPath(payload.story.id));
  }

  /** @param {KeyboardEvent} event */
  const beginOnEnter = (event) => {
    if (keyOf(event) !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    void begin();
  };

  /** @param {string} value */
  const write = (value) => {
    content.value = value;
    complaint.value = "";
    input.current?.focus();
  };

  const { opened, open: openFile } = useTextFile({ content, complaint });

  /** @param {File | undefined} file */
  const read = async (file) => {
    await openFile(file);
    input.current?.focus();
  };

  /** @param {Event} event */
  const open = (event) => {
    const files = /** @type {HTMLInputElement} */ (event.target);
    void read(files.files?.[0]);
    files.value = ""; // so that the same file can be selected again
  };

  /** @param {DragEvent} event */
  const take = (event) => {
    event.preventDefault();
    isOver.value = false;
    void read(event.dataTransfer?.files[0]);
  };

  /** @param {boolean} value */
  const hover = (value) => (/** @type {DragEvent} */ event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    isOver.value = value;
  };

  return html`<div class="create">
    <h1 tabindex="-1" data-focus>${text.title} <span>${text.subtitle}</span></h1>
    <form class=${isOver.value ? "desk is-over" : "desk"} onDragOver=${hover(true)} onDragLeave=${hover(false)} onDrop=${take}
      onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), void begin())}>
      <div class="paper">
        <textarea id="content" ref=${input} rows="4" aria-label=${text.input} aria-describedby="content-hint" placeholder=${text.placeholder}
          value=${content} onKeyDown=${beginOnEnter}
          onInput=${(/** @type {InputEvent} */ event) => (content.value = /** @type {HTMLTextAreaElement} */ (event.target).value)}></textarea>
        <div class="row">
          <p class="hint" id="content-hint">${isOver.value ? text.drop : text.hint}</p>
          <button class="button is-primary go" aria-disabled=${isBusy.value}>${isBusy.value ? text.going : text.go}</button>
        </div>
      </div>
      <${TextFormatNote} content=${content} />
      <${TextFileNote} opened=${opened} content=${content} open=${openFile} />
      ${complaint.value && html`<p class="problem" role="alert">${complaint.value}</p>`}
      <${ProblemNote} problem=${problem} />
      <div class="tries">
        <span class="hint">${text.examples}</span>
        ${EXAMPLES[language.value].map(
          (example) => html`<button type="button" class="chip" key=${example.name} onClick=${() => write(example.text)}>${example.name}</button>`,
        )}
        <label class="chip file"><input class="unseen" type="file" accept=".txt,.md,.markdown,.html,.htm,.fountain,text/plain,text/markdown,text/html" onChange=${open} />
          <${Icon} name="file" />${text.file}</label>
      </div>
      <${Looks} chosen=${style} />
      <input class="own-look" type="text" maxlength="1000" aria-label=${text.look} placeholder=${text.look}
        value=${look} onInput=${(/** @type {InputEvent} */ event) => (look.value = /** @type {HTMLInputElement} */ (event.target).value)} />
      <div class="wishes">
        <${Choice} name="shape" legend=${text.shape} chosen=${aspectRatio} options=${Object.entries(text.shapes)} />
        <${Choice} name="narration" legend=${text.narration} chosen=${narration} options=${Object.entries(text.narrations)} />
        <label class="wish"><span>${text.shots}</span>
          <input type="number" inputmode="numeric" min="1" max=${server.value?.limits.maxShotsPerStory ?? 200} placeholder=${text.shotsAuto}
            value=${shotCount} onInput=${(/** @type {InputEvent} */ event) => (shotCount.value = /** @type {HTMLInputElement} */ (event.target).value)} />
        </label>
        <label class="check"><input type="checkbox" checked=${autoRender} onChange=${() => (autoRender.value = !autoRender.value)} />${text.autoRender}</label>
        ${server.value && providerOf(server.value, "clip") && html`<label class="check"><input type="checkbox" checked=${isMoving} onChange=${() => (isMoving.value = !isMoving.value)} />${text.moving}</label>`}
      </div>
    </form>
    <${Recents} />
    <footer class="row hint">
      <p>${server.value && text.providers(providerOf(server.value, "script"), providerOf(server.value, "image"), providerOf(server.value, "video"))}</p>
      <p>${text.doors} <a href="${HOME}graphiql">GraphQL</a> · <a href="${HOME}api/docs">REST</a></p>
    </footer>
  </div>`;
}
