// Before the first paint: the theme and the language that were chosen, so that nothing flashes.
(() => {
  try {
    const theme = localStorage.getItem("squirret.theme");
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
    const language = localStorage.getItem("squirret.language") ?? (navigator.language.startsWith("ko") ? "ko" : "en");
    if (document.documentElement.dataset.speaks !== "en") document.documentElement.lang = language;
  } catch { /* a browser that forbids storage gets the defaults */ }
})();
