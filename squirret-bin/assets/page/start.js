// Starts the page's modules once there is a first picture, so that they do not hold it up.
(() => {
  const main = document.currentScript?.dataset.main ?? "";
  const start = () => { import(main); };
  const startOnceParsed = () => {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
  };
  // What nobody sees is not painted, and not every browser tells: then there is nothing to wait for.
  const isPainted = !document.hidden && PerformanceObserver.supportedEntryTypes.includes("paint");
  if (isPainted) new PerformanceObserver(startOnceParsed).observe({ type: "paint", buffered: true });
  setTimeout(startOnceParsed, isPainted ? 1000 : 0);
})();
