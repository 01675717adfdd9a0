// Renders the OpenAPI and AsyncAPI documents of this server; REST calls can be tried in place.
import { put, the } from "../dom.js";
import { switchThemes } from "../theme.js";
import { make, prose } from "./element.js";
import { messages } from "./messages.js";
import { operations } from "./operations.js";
import { use } from "./try.js";

/** @typedef {{ title: string, id: string, links: { text: string, id: string }[], section: HTMLElement }} Chapter */

/** @param {Chapter} chapter */
const contents = ({ title, id, links }) =>
  make("li", {}, make("a", { href: `#${id}` }, title),
    links.length > 0 && make("ul", {}, ...links.map(({ text, id }) => make("li", {}, make("a", { href: `#${id}` }, text)))));

/** @param {string} path @param {string} place @param {(root: import("./schema.js").Node) => Chapter[]} read */
async function load(path, place, read) {
  const reply = await fetch(path);
  if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
  const root = await reply.json();
  const chapters = read(root);
  the(place, HTMLElement).replaceChildren(...prose(root.info?.description), ...chapters.map(({ section }) => section));
  the(`${place}-contents`, HTMLElement).replaceChildren(...chapters.map(contents));
}

/** Opens what the address names. */
function open() {
  const named = document.getElementById(location.hash.slice(1));
  if (named instanceof HTMLDetailsElement) named.open = true;
  named?.scrollIntoView();
}

const state = the("session-state", HTMLElement);
the("session", HTMLButtonElement).onclick = async () => {
  try {
    const reply = await fetch("/internal/session", { method: "POST" });
    if (!reply.ok) throw new Error(String(reply.status));
    const issued = await reply.json();
    use(issued);
    put(state, `Calls below use session ${issued.sessionId}`);
  } catch (error) {
    put(state, `No session: ${String(error)}`);
  }
};

switchThemes();
the("pages", HTMLElement).hidden = false;
addEventListener("hashchange", open);
Promise.all([load("/openapi.json", "rest", operations), load("/asyncapi.json", "channels", messages)])
  .then(open, (error) => put(state, `The contract cannot be read: ${String(error)}`));
