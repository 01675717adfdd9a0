// Before the first paint: the theme and the language that were chosen, so that nothing flashes. After it: the modules.
(() => {
  const main = document.currentScript?.dataset.main ?? "";
  try {
    const theme = localStorage.getItem("squirret.theme");
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
    const language = localStorage.getItem("squirret.language") ?? (navigator.language.startsWith("ko") ? "ko" : "en");
    if (document.documentElement.dataset.speaks !== "en") document.documentElement.lang = language;
  } catch { /* a browser that forbids storage gets the defaults */ }
  const start = () => { import(main); };
  const startOnceParsed = () => {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
  };
  // What nobody sees is not painted: then there is nothing to wait for.
  if (document.hidden) startOnceParsed();
  else requestAnimationFrame(() => setTimeout(startOnceParsed));
})();
