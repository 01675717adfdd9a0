// With `auth.mode = bearer` the page proves its own session at every call, and renews a token that ends soon.
// node bearer.mjs 'http://127.0.0.1:PORT/#session=…&token=…' (a token with half a minute left)
import assert from "node:assert/strict";
import { launch, run, text, visit } from "./browser.mjs";

const link = process.argv[2];
const browser = await launch();
await run(browser, async () => {
  const visitor = await visit(browser, link, { locale: "en-US" });
  const { page } = visitor;
  const renewal = page.waitForResponse((reply) => reply.url().endsWith("/refresh"));
  await page.goto(link);
  assert.equal((await renewal).status(), 200);
  await text(page, "#connection", (text) => text === "Live");
  await page.fill("#device-id", "pair-1");
  await page.click("#bind button");
  await text(page, "#bind-result", (text) => text === "Waiting for the insoles" || text.startsWith("Nothing arrives"));
  visitor.check();
});
