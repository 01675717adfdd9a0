// Tries a REST call in place: fields for its parameters and body, the answer below, and the same call for a terminal.
import { block, make, pretty, slug } from "./element.js";
import { example, resolve } from "./schema.js";

/** @typedef {import("./schema.js").Node} Node */

const MAX_SHOWN = 20_000;

/** The session that calls are made with. */
export const session = { id: "", token: "" };

/** Fields that carry the session's id. @type {Set<HTMLInputElement>} */
const ids = new Set();

/** Fills the session into the fields that want one. @param {{ sessionId: string, wsToken: string }} issued */
export function use({ sessionId, wsToken }) {
  session.id = sessionId;
  session.token = wsToken;
  for (const input of ids) if (!input.value || input.dataset.filled) { input.value = sessionId; input.dataset.filled = "yes"; }
}

/** @param {Node} root @param {string} method @param {string} path @param {Node} operation */
export function form(root, method, path, operation) {
  const parameters = [...(operation.parameters ?? [])].map((given) => resolve(root, given));
  const id = slug("try", method, path);
  const inputs = parameters.map((parameter) => input(id, parameter));
  const json = resolve(root, operation.requestBody).content?.["application/json"];
  const sample = example(root, json);
  const body = json ? make("textarea", { id: `${id}-body`, spellcheck: "false", rows: "6" }) : null;
  if (body) body.value = sample === undefined ? "{}" : pretty(sample);
  const result = make("div", { role: "status", class: "result" });
  const sheet = make("form", { class: "try" },
    ...inputs.map(({ label, field }) => make("p", {}, label, field)),
    body && make("p", {}, make("label", { for: body.id }, "Body"), body),
    make("div", { class: "row" }, make("button", { type: "submit", class: "main" }, "Try it")),
    result);
  sheet.onsubmit = async (event) => {
    event.preventDefault();
    const call = request(method, path, inputs, body?.value);
    result.replaceChildren(make("p", {}, "…"));
    result.replaceChildren(...(await send(call)));
  };
  return sheet;
}

/** @param {string} id @param {Node} parameter */
function input(id, parameter) {
  const field = make("input", { id: `${id}-${slug(parameter.name)}`, autocomplete: "off", spellcheck: "false", required: parameter.required === true });
  if (["id", "sessionId"].includes(parameter.name)) {
    ids.add(field);
    if (session.id && parameter.required) field.value = session.id;
  }
  return { parameter, field, label: make("label", { for: field.id }, make("code", {}, parameter.name), ` in ${parameter.in}`) };
}

/** @param {string} method @param {string} path @param {{ parameter: Node, field: HTMLInputElement }[]} inputs @param {string} [body] */
function request(method, path, inputs, body) {
  const query = new URLSearchParams();
  /** @type {Record<string, string>} */
  const headers = {};
  let url = path;
  for (const { parameter, field } of inputs) {
    const value = field.value.trim();
    if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (value && parameter.in === "query") query.set(parameter.name, value);
    else if (value && parameter.in === "header") headers[parameter.name] = value;
  }
  if (session.token && path.startsWith("/api/session/")) headers.authorization = `Bearer ${session.token}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  return { method, url: query.size ? `${url}?${query}` : url, headers, body };
}

/** @param {ReturnType<typeof request>} call */
async function send(call) {
  const shell = ["curl -s", call.method === "GET" ? "" : `-X ${call.method}`, `'${location.origin}${call.url}'`,
    ...Object.entries(call.headers).map(([name, value]) => `-H '${name}: ${value}'`), call.body === undefined ? "" : `-d '${call.body.replaceAll("'", "'\\''")}'`];
  const command = block(shell.filter(Boolean).join(" "), "The same call for a terminal");
  const started = performance.now();
  try {
    const reply = await fetch(call.url, { method: call.method, headers: call.headers, body: call.body });
    const text = await reply.text();
    const took = (performance.now() - started).toFixed(0);
    let shown = text.slice(0, MAX_SHOWN);
    try { shown = pretty(JSON.parse(text)).slice(0, MAX_SHOWN); } catch { /* not JSON */ }
    const state = reply.ok ? "good" : "bad";
    const status = make("p", { class: "status", "data-mark": state }, make("b", {}, `${reply.status} ${reply.statusText}`), ` ${took} ms`);
    return [status, block(shown || "(empty)", "Answer"), command];
  } catch (error) {
    return [make("p", { class: "status", "data-mark": "bad" }, make("b", {}, "No answer"), ` ${String(error)}`), command];
  }
}
