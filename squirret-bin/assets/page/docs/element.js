// Makes elements; text is always text, never markup.

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} name
 * @param {Record<string, string | boolean>} [attributes]
 * @param {...(Node | string | null | undefined | false)} children
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== false) element.setAttribute(key, value);
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** A text of the contract: `code` between back-ticks, paragraphs between empty lines. @param {string | undefined} text */
export function prose(text) {
  return (text ?? "").split("\n\n").filter(Boolean).map((paragraph) =>
    make("p", {}, ...paragraph.split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part))));
}

/** The same within a line. @param {string | undefined} text */
export function line(text) {
  return make("span", {}, ...(text ?? "").split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part)));
}

/** A block of text that scrolls, reachable by keyboard. @param {string} text @param {string} label */
export const block = (text, label) => make("pre", { tabindex: "0", role: "group", "aria-label": label }, text);

/** @param {unknown} value */
export const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

/** An id for the address. @param {...string} parts */
export const slug = (...parts) => parts.join("-").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
