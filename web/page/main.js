// @ts-check
import { connect } from "./connection.js";
import { startRouter } from "./router.js";
import { html, render } from "./vendor/libraries.js";
import { App } from "./views/app.js";

startRouter();
connect();
const page = /** @type {HTMLElement} */ (document.getElementById("page"));
page.replaceChildren();
render(html`<${App} />`, page);
