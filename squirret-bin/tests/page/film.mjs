// A video file plays once and ends in its report.
// node film.mjs http://127.0.0.1:PORT FILE
import assert from "node:assert/strict";
import { launch, run, until, visit } from "./browser.mjs";

const [, , base, film] = process.argv;
const browser = await launch();
await run(browser, async () => {
  const visitor = await visit(browser, base, { locale: "en-US" });
  const { page } = visitor;
  await page.goto(base);
  await page.locator("#connection[data-state=live]").waitFor();
  await page.setInputFiles("#video-file", film);
  await until(() => page.getAttribute("body", "data-camera"), (camera) => camera === "own");
  await page.waitForURL(/\/api\/report\/.*workout=last/);
  assert.equal(await page.textContent("h1"), "Squat report");
  await page.goBack();
  await page.locator("#connection[data-state=live]").waitFor();
  assert.notEqual(await page.getAttribute("body", "data-camera"), "own", "it does not play again");
  visitor.check();
});
