// Reads JSON Schema as the contract uses it: references, objects, arrays, unions, constants; and shows it as a table.
import { line, make } from "./element.js";

/** @typedef {Record<string, any>} Node */

// Deeper than this a reader wants the document itself.
const MAX_DEPTH = 4;

/** What a node is, references followed. @param {Node} root @param {Node | undefined} node @returns {Node} */
export function resolve(root, node) {
  let at = node ?? {};
  for (let step = 0; at.$ref && step < 16; step++) {
    const path = at.$ref.slice(2).split("/").map((/** @type {string} */ key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    at = path.reduce((/** @type {any} */ node, /** @type {string} */ key) => node?.[key], root) ?? {};
  }
  return at;
}

/** The name of a schema that is referred to. @param {Node | undefined} node */
const named = (node) => node?.$ref?.split("/").at(-1) ?? "";

/** A type in words: `number 0…100`, `"good" | "bad"`, `Verdict[]`. @param {Node} root @param {Node} node @returns {string} */
export function typeOf(root, node) {
  const schema = resolve(root, node);
  const union = schema.oneOf ?? schema.anyOf;
  if (union) return union.map((/** @type {Node} */ part) => typeOf(root, part)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((/** @type {unknown} */ value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array" || schema.items) return `${typeOf(root, schema.items ?? {})}[]`;
  const kind = Array.isArray(schema.type) ? schema.type.join(" | ") : (schema.type ?? (named(node) || "any"));
  if (kind === "object") return named(node) || "object";
  const { minimum, maximum, format, maxLength } = schema;
  if (minimum !== undefined || maximum !== undefined) return `${kind} ${minimum ?? ""}…${maximum ?? ""}`;
  return [kind, format, maxLength === undefined ? "" : `≤ ${maxLength}`].filter(Boolean).join(" ");
}

/** All properties of an object schema, those of its parts with them. @param {Node} root @param {Node} node @returns {[string, Node, boolean][]} */
function properties(root, node) {
  const schema = resolve(root, node);
  const required = new Set(schema.required ?? []);
  const own = Object.entries(schema.properties ?? {}).map(([name, property]) => /** @type {[string, Node, boolean]} */ ([name, property, required.has(name)]));
  return [...(schema.allOf ?? []).flatMap((/** @type {Node} */ part) => properties(root, part)), ...own];
}

/** The object that a schema is about: itself, or what its array holds. @param {Node} root @param {Node} node @returns {Node} */
const inner = (root, node) => {
  const schema = resolve(root, node);
  return schema.items ? inner(root, schema.items) : node;
};

/** A table of a schema's fields, nested ones below their own; null when it has none. @param {Node} root @param {Node} node @param {string} caption */
export function fields(root, node, caption) {
  const rows = [...list(root, node, "", 0)];
  if (!rows.length) return null;
  const head = make("tr", {}, ...["Field", "Type", "Meaning"].map((title) => make("th", { scope: "col" }, title)));
  return make("div", { class: "scrolls", tabindex: "0", role: "group", "aria-label": caption },
    make("table", {}, make("caption", {}, caption), make("thead", {}, head), make("tbody", {}, ...rows)));
}

/** @param {Node} root @param {Node} node @param {string} prefix @param {number} depth @returns {Generator<HTMLElement>} */
function* list(root, node, prefix, depth) {
  const union = resolve(root, inner(root, node));
  for (const part of union.oneOf ?? union.anyOf ?? [node]) {
    for (const [name, property, required] of properties(root, inner(root, part))) {
      const schema = resolve(root, property);
      yield make("tr", {},
        make("th", { scope: "row" }, make("code", {}, prefix + name), required ? null : make("span", { class: "optional" }, " optional")),
        make("td", {}, make("code", {}, typeOf(root, property))),
        make("td", {}, line(property.description ?? schema.description)));
      if (depth < MAX_DEPTH) yield* list(root, property, `${prefix}${name}${schema.items ? "[]" : ""}.`, depth + 1);
    }
  }
}

/** The first example of a media type or message, however it is written. @param {Node} root @param {Node | undefined} node @returns {unknown} */
export function example(root, node) {
  if (!node) return undefined;
  if (node.example !== undefined) return node.example;
  const first = resolve(root, Object.values(node.examples ?? {})[0]);
  if (first.value !== undefined) return first.value;
  if (first.payload !== undefined) return first.payload;
  return node.schema || node.payload ? resolve(root, node.schema ?? node.payload).examples?.[0] : undefined;
}
