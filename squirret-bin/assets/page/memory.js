// What the browser remembers of the page's switches; a browser that forbids it just forgets.

/** @param {string} key */
export function recall(key) {
  try { return localStorage.getItem(`squirret.${key}`); } catch { return null; }
}

/** @param {string} key @param {string} value */
export function remember(key, value) {
  try { localStorage.setItem(`squirret.${key}`, value); } catch { /* the switch holds until the page is closed */ }
}

/** Remembers the theme where the server reads it: the page comes with it, and nothing flashes. @param {string} theme */
export function rememberTheme(theme) {
  document.cookie = `squirret.theme=${theme}; path=/; max-age=31536000; samesite=strict`;
}
