// The page's language: every marked element speaks it, and who shows words of their own is told when it changes.
import en from "./text/en.js";
import ko from "./text/ko.js";
import { put } from "./dom.js";
import { recall, remember } from "./memory.js";

/** @typedef {"ko" | "en"} Language */
/** @typedef {keyof typeof ko} Key */

/** @type {Record<Language, Record<Key, string>>} */
const TEXT = { ko, en };
// A page that has one language says so.
const wanted = document.documentElement.dataset.speaks ?? recall("language") ?? navigator.language;
/** @type {Language} */
let language = wanted.startsWith("ko") ? "ko" : "en";
/** @type {Set<() => void>} */
const listeners = new Set();

/** The language now. */
export const current = () => language;

/** The language that the page is not in. @returns {Language} */
export const other = () => (language === "ko" ? "en" : "ko");

/** One text in the language now, or in another. @param {Key} key @param {Language} [spoken] */
export const t = (key, spoken = language) => TEXT[spoken][key];

/** One text with its blanks `{name}` filled. @param {Key} key @param {Record<string, string | number>} blanks */
export const filled = (key, blanks) => t(key).replace(/\{(\w+)\}/g, (_, name) => String(blanks[name] ?? ""));

/** One text whose key comes from the wire; what is not known stays as it came. @param {string} prefix @param {string} word */
export function wireText(prefix, word) {
  const key = /** @type {Key} */ (prefix + word);
  return TEXT[language][key] ?? word.replaceAll("_", " ");
}

/** Calls at each change of the language, and at once. @param {() => void} show */
export function onLanguage(show) {
  listeners.add(show);
  show();
}

/** Changes the language of the whole page. @param {Language} next */
export function speak(next) {
  language = next;
  remember("language", next);
  document.documentElement.lang = next;
  for (const element of document.querySelectorAll("[data-t]")) put(element, t(/** @type {Key} */ (element.getAttribute("data-t"))));
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(/** @type {Key} */ (element.getAttribute("data-label"))));
  for (const show of listeners) show();
}
