// What the browser remembers of the page's switches; a browser that forbids it just forgets.

/** @param {string} key */
export function recall(key) {
  try { return localStorage.getItem(`squirret.${key}`); } catch { return null; }
}

/** @param {string} key @param {string} value */
export function remember(key, value) {
  try { localStorage.setItem(`squirret.${key}`, value); } catch { /* the switch holds until the page is closed */ }
}
