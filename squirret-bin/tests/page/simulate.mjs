// The link that `squirret simulate` prints: the session of a virtual person, seen on the page.
// node simulate.mjs 'http://127.0.0.1:PORT/#session=…&token=…'
import assert from "node:assert/strict";
import { launch, moves, run, text, until, visit } from "./browser.mjs";

const link = process.argv[2];
const browser = await launch();
await run(browser, async () => {
  const visitor = await visit(browser, link, { locale: "en-US", colorScheme: "light" });
  const { page } = visitor;
  await page.goto(link);
  await text(page, "#connection", (text) => text === "Live");
  assert.equal(new URL(page.url()).hash, "", "the token does not stay in the address");
  await moves(page, "#soles");
  await text(page, "#reps", (text) => Number(text) >= 1);
  await until(() => page.getAttribute("#cue", "data-kind"), (kind) => kind !== "none");
  assert.doesNotMatch(await page.textContent("#cue"), /[가-힣]/);
  assert.ok(await page.locator("#demo").isHidden());
  await text(page, "#device-left b", (text) => text.startsWith("sensor dead"));
  // Whom the insoles follow needs no camera: the workout begins by itself.
  await page.click("#workout-start");
  await until(() => page.getAttribute("#workout", "data-phase"), (phase) => phase === "set");
  assert.doesNotMatch(await page.textContent("#workout-cue"), /camera/);
  await page.click("#workout-stop");
  visitor.check();
});
