// The contract's page: every call and channel is there, and a REST call can be tried in place.
// node docs.mjs http://127.0.0.1:PORT
import assert from "node:assert/strict";
import { axe, launch, run, text, visit } from "./browser.mjs";

const base = process.argv[2];
const browser = await launch();
await run(browser, async () => {
  const visitor = await visit(browser, base);
  const { page } = visitor;
  const [openapi, asyncapi] = await Promise.all(["openapi", "asyncapi"].map(async (name) => (await fetch(`${base}/${name}.json`)).json()));
  await page.goto(`${base}/docs`);
  await page.locator("#rest section").first().waitFor();
  const shown = new Set(await page.$$eval("#rest summary", (all) => all.map((summary) => `${summary.querySelector("b").textContent} ${summary.querySelector("code").textContent}`)));
  for (const [path, item] of Object.entries(openapi.paths))
    for (const method of ["get", "post", "delete"]) if (item[method]) assert.ok(shown.has(`${method.toUpperCase()} ${path}`), `${method} ${path}`);
  const channels = await page.$$eval("#channels h3 code", (all) => all.map((code) => code.textContent));
  assert.deepEqual(channels, Object.values(asyncapi.channels).map(({ address }) => address));

  assert.match(await page.textContent("#theme"), /^Theme: /, "one language on the whole page, whatever the browser's");

  await page.click("#session");
  await text(page, "#session-state", (text) => /uses? session [0-9a-f-]{36}/.test(text));
  const upload = page.locator("#post-api-fsr-data");
  await upload.locator("summary").click();
  await upload.getByRole("button", { name: "Try it" }).click();
  await upload.locator(".status", { hasText: "202" }).waitFor();
  const refresh = page.locator("#post-api-session-id-refresh");
  await refresh.locator("summary").click();
  await refresh.getByRole("button", { name: "Try it" }).click();
  await refresh.locator(".status", { hasText: "200" }).waitFor();
  assert.match(await refresh.locator("pre").nth(1).textContent(), /"wsToken"/);
  await page.locator("#channels details").first().locator("summary").click();
  await axe(page, "documents, dark");
  await page.click("#theme");
  await page.click("#theme");
  assert.equal(await page.getAttribute("html", "data-theme"), "light");
  await axe(page, "documents, light");
  await page.setViewportSize({ width: 360, height: 740 });
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, "nothing is cut off on a phone");
  visitor.check();
});
