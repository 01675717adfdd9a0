// Installed, the page opens without a network and says that it has none.
// node offline.mjs http://127.0.0.1:PORT
import assert from "node:assert/strict";
import { axe, launch, run, text, until, visit } from "./browser.mjs";

const base = process.argv[2];
const browser = await launch();
await run(browser, async () => {
  const visitor = await visit(browser, base, { locale: "en-US" });
  const { page, context } = visitor;
  await page.goto(base);
  await until(() => page.evaluate(async () => Boolean((await navigator.serviceWorker.getRegistration())?.active && navigator.serviceWorker.controller)), Boolean);
  const manifest = await page.evaluate(async () => (await fetch(document.querySelector("link[rel=manifest]").href)).json());
  for (const { src } of manifest.icons) assert.equal((await fetch(new URL(src, base))).status, 200, src);
  visitor.away(true);
  await context.setOffline(true);
  await page.reload();
  await text(page, "#workout-start", (text) => text.trim() === "Start workout");
  await text(page, "#cue", (text) => text === "You are offline. The coach needs its server");
  await axe(page, "page without a network");
  await context.setOffline(false);
  await text(page, "#connection", (text) => text === "Live");
  visitor.check();
});
