// The REST calls, by tag.
import { block, line, make, pretty, prose, slug } from "./element.js";
import { example, fields, resolve } from "./schema.js";
import { form } from "./try.js";

/** @typedef {import("./schema.js").Node} Node */

const METHODS = ["get", "post", "put", "patch", "delete"];

/** Every call as [method, path, operation]. @param {Node} root @returns {[string, string, Node][]} */
const calls = (root) =>
  Object.entries(root.paths ?? {}).flatMap(([path, item]) => METHODS.filter((method) => item[method]).map((method) => /** @type {[string, string, Node]} */ ([method, path, item[method]])));

/** Sections for the page and links for its contents. @param {Node} root */
export function operations(root) {
  const all = calls(root);
  return (root.tags ?? []).map((/** @type {Node} */ tag) => {
    const own = all.filter(([, , operation]) => operation.tags?.[0] === tag.name);
    const id = slug("rest", tag.name);
    return {
      title: tag.name, id, links: own.map(([method, path]) => ({ text: `${method.toUpperCase()} ${path}`, id: slug(method, path) })),
      section: make("section", { id, "aria-labelledby": `${id}-title` },
        make("h3", { id: `${id}-title` }, tag.name), ...prose(tag.description), ...own.map(([method, path, operation]) => one(root, method, path, operation))),
    };
  }).filter((/** @type {{ links: unknown[] }} */ { links }) => links.length);
}

/** @param {Node} root @param {string} method @param {string} path @param {Node} operation */
function one(root, method, path, operation) {
  const details = make("details", { id: slug(method, path) },
    make("summary", {}, make("b", { class: `method ${method}` }, method.toUpperCase()), " ", make("code", {}, path), " ", make("span", { class: "gist" }, operation.summary ?? "")));
  // Filled when it is opened: the whole contract at once is slow and nobody reads it.
  details.addEventListener("toggle", () => { if (details.open && details.children.length === 1) details.append(...inside(root, method, path, operation)); });
  return details;
}

/** @param {Node} root @param {string} method @param {string} path @param {Node} operation */
function inside(root, method, path, operation) {
  const parameters = (operation.parameters ?? []).map((/** @type {Node} */ given) => resolve(root, given));
  const json = resolve(root, operation.requestBody).content?.["application/json"];
  const socket = operation.responses?.["101"] !== undefined;
  return [
    ...prose(operation.description),
    parameters.length > 0 && make("ul", { class: "parameters" }, ...parameters.map((/** @type {Node} */ parameter) =>
      make("li", {}, make("code", {}, parameter.name), ` in ${parameter.in}${parameter.required ? ", required" : ""}. `, line(parameter.description)))),
    json && fields(root, json.schema ?? {}, "Body"),
    make("h4", {}, "Answers"),
    ...answers(root, operation),
    socket ? null : make("h4", {}, "Try it"),
    socket ? null : form(root, method.toUpperCase(), path, operation),
  ].filter((part) => part instanceof Node);
}

/** @param {Node} root @param {Node} operation */
function answers(root, operation) {
  const parts = /** @type {HTMLElement[]} */ ([]);
  const errors = make("ul", { class: "errors" });
  for (const [status, given] of Object.entries(operation.responses ?? {})) {
    const reply = resolve(root, given);
    if (!status.startsWith("2") && status !== "101") {
      errors.append(make("li", {}, make("b", {}, status), " ", line(reply.description)));
      continue;
    }
    parts.push(make("p", {}, make("b", {}, status), " ", line(reply.description)));
    const content = /** @type {[string, Node] | undefined} */ (Object.entries(reply.content ?? {})[0]);
    const shown = example(root, content?.[1]);
    if (shown !== undefined) parts.push(block(pretty(shown), `Example of ${status}`));
    const table = content && fields(root, content[1].schema ?? {}, `Fields of ${status}`);
    if (table) parts.push(table);
  }
  return [...parts, errors];
}
