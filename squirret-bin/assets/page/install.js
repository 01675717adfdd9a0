// Lets the browser keep the page's files: it opens without a network, and can be installed.

/** The only address that a script may be loaded from as a worker. */
const WORKER = "/sw.js";

/** Registers the worker once the page has done everything else. */
export function keepShell() {
  if (!("serviceWorker" in navigator)) return;
  const register = () => {
    // Browsers with trusted types take an address only from a policy; this one knows a single address.
    const policy = /** @type {any} */ (window).trustedTypes?.createPolicy("squirret-worker", { createScriptURL: () => WORKER });
    navigator.serviceWorker.register(policy?.createScriptURL("") ?? WORKER).catch(() => { /* then it needs the network */ });
  };
  if (document.readyState === "complete") setTimeout(register, 1_000);
  else addEventListener("load", () => setTimeout(register, 1_000), { once: true });
}
