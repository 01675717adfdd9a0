// Keeps the page's own files, so that it opens without a network and can say so. Data are never kept.
// The server fills in both: the files, and a name that changes with any of them.
/** @type {string[]} */
const FILES = [];
const SHELL = "";
const worker = /** @type {any} */ (globalThis);

worker.addEventListener("install", (/** @type {any} */ event) => {
  // Browsers that can, ask the network at once, and this worker only when that fails.
  event.addRoutes?.({ condition: { requestMode: "navigate" }, source: "race-network-and-fetch-handler" });
  worker.skipWaiting();
  event.waitUntil(caches.open(SHELL).then((shell) => shell.addAll(FILES)));
});

worker.addEventListener("activate", (/** @type {any} */ event) => {
  const forget = async () => {
    for (const name of await caches.keys()) if (name !== SHELL) await caches.delete(name);
    await worker.clients.claim();
  };
  event.waitUntil(forget());
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { method, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin || !FILES.includes(pathname)) return;
  const kept = async () => (await caches.match(pathname)) ?? Response.error();
  event.respondWith(fetch(event.request).catch(kept));
});
