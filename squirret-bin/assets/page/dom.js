// Small helps with the document.

/**
 * The element of this id, which must be there and of this kind.
 * @template {Element} T
 * @param {string} id
 * @param {{ new (): T }} kind
 * @returns {T}
 */
export function the(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`#${id} is missing`);
  return element;
}

/** Sets a text, but leaves the document alone when it is the same. @param {Element} element @param {string} text */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Sets an attribute, but leaves the document alone when it is the same. @param {Element} element @param {string} name @param {string} value */
export function mark(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The next picture of the screen, or a moment later when nothing is shown. */
export const nextPaint = () => Promise.race([new Promise(requestAnimationFrame), sleep(100)]);

/** Whether the person asked for less movement. */
const calm = matchMedia("(prefers-reduced-motion: reduce)");
export const isCalm = () => calm.matches;
