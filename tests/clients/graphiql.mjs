// A person at GraphiQL in Debian's Chromium: node graphiql.mjs CHROMIUM URL [FOLDER for pictures]
// Takes the whole journey, tab by tab, and prints what was seen as JSON.
import { chromium } from "playwright-core";

const [executablePath, url, folder] = process.argv.slice(2);
const seen = { console: [], requests: [], frames: [], followed: [] };
process.on("exit", () => console.log(JSON.stringify(seen)));
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const context = await browser.newContext({ viewport: { width: 1400, height: 850 } });
const page = await context.newPage();
page.setDefaultTimeout(60_000);
page.on("console", (message) => seen.console.push(`${message.type()}: ${message.text()}`));
page.on("pageerror", (error) => seen.console.push(`uncaught: ${error}`));
page.on("request", (request) => seen.requests.push(request.url()));
page.on("websocket", (socket) => {
  seen.requests.push(socket.url());
  socket.on("framesent", ({ payload }) => seen.frames.push(JSON.parse(payload)));
  socket.on("framereceived", ({ payload }) => {
    const data = JSON.parse(payload).payload?.data;
    if (data) seen.followed.push(data.storyEvents);
  });
});

const picture = async (name) => folder && page.screenshot({ path: `${folder}/${name}.png` });
const write = (editor, value) =>
  page.evaluate(([name, text]) => document.querySelector(`${name} .CodeMirror`).CodeMirror.setValue(text), [
    editor,
    JSON.stringify(value, null, 2),
  ]);
const run = () => page.click(".graphiql-execute-button");
const answer = async (found) => {
  const handle = await page.waitForFunction((text) => {
    const value = document.querySelector(".result-window .CodeMirror")?.CodeMirror.getValue();
    return value?.includes(text) && value;
  }, found);
  const { data, errors } = JSON.parse(await handle.jsonValue());
  return data ?? errors;
};
const open = async (tab, variables) => {
  await page.click(`.graphiql-tab >> text=${tab}`);
  await page.waitForFunction((name) => {
    const editor = document.querySelector(".graphiql-query-editor .CodeMirror").CodeMirror;
    return editor.operationName === name; // it has read the document
  }, tab);
  if (variables) await write(".graphiql-editor-tool", variables);
};
const tabs = () => page.locator(".graphiql-tab-button").allTextContents();

await page.goto(`${url}/graphql`);
await page.waitForSelector(".graphiql-tab");
seen.address = page.url();
seen.tabs = await tabs();
await page.waitForFunction(() => localStorage.getItem("graphiql:tabState"));
await page.reload();
await page.waitForSelector(".graphiql-tab");
seen.tabsAgain = await tabs();
await picture("opened");

await open("FollowStory"); // the variables name no story yet
await run();
seen.refused = await answer('"errors"');

await open("CreateStory");
await run();
const story = (await answer('"id"')).createStory.story;
await picture("created");

await open("FollowStory", { id: story.id });
await page.click("button:has-text('Headers')");
await write(".graphiql-editor-tool:not(.hidden) .graphiql-editor:not(.hidden)", { "X-Door": "socket" });
await run();
await answer('"progress": 1');
await picture("followed");
const followed = await answer('"imageUrl"');
await run(); // stops it

const shot = followed.storyEvents.story.shots[0];
await open("EditShot", { input: { id: shot.id, prompt: "A calm sea.", regenerate: true } });
await run();
seen.edited = (await answer('"prompt"')).updateShot;

await open("FollowStory");
await run();
await answer('"progress": 1');
await run();

await open("RenderFilm", { id: story.id });
await run();
seen.rendered = (await answer('"video"')).generateVideo;

await open("FollowStory");
await run();
await answer('.mp4"');
await run();

await open("FindFilm", { id: story.id });
await run();
seen.film = (await answer('"video"')).story;
await picture("film");

await page.click("[aria-label='Show Documentation Explorer']");
await page.click("a:text-is('Subscription')");
await page.waitForSelector("a:text-is('storyEvents')");
await picture("documentation");
await page.click("[aria-label='Show History']");
await page.click("[aria-label='Open settings dialog']");
await page.waitForSelector(".graphiql-dialog");
seen.locked = await page.evaluate(() => getComputedStyle(document.body).overflow);
await picture("settings");
await page.keyboard.press("Escape");

await page.emulateMedia({ colorScheme: "dark" });
await page.reload();
await page.waitForSelector(".graphiql-tab");
await picture("dark");

await browser.close();
