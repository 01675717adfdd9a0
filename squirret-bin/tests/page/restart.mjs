// A server that goes away in a workout and comes back: the page says so, waits, goes on, and has lost nothing.
// node restart.mjs 'http://127.0.0.1:PORT/#session=…&token=…' REPETITIONS
// Says "live" when the server may go and "lost" when it is missed; reads a line when it is back; says how many
// milliseconds later it was live again.
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { launch, run, text, visit } from "./browser.mjs";

const [link, wanted] = [process.argv[2], Number(process.argv[3])];
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const browser = await launch();
await run(browser, async () => {
  const visitor = await visit(browser, link, { locale: "en-US" });
  const { page } = visitor;
  const session = () => page.evaluate(() => JSON.parse(sessionStorage.getItem("squirret.session")).sessionId);
  await page.goto(link);
  await text(page, "#connection", (text) => text === "Live");
  await text(page, "#reps", (text) => Number(text) === wanted);
  const before = await session();
  visitor.away(true);
  console.log("live");
  await text(page, "#connection", (text) => text === "Reconnecting");
  await text(page, "#cue", (text) => text === "Connection lost");
  assert.equal(Number(await page.textContent("#reps")), wanted, "the count stays");
  console.log("lost");
  await lines.next();
  const back = performance.now();
  await text(page, "#connection", (text) => text === "Live");
  const took = Math.round(performance.now() - back);
  await text(page, "#cue", (text) => text !== "Connection lost");
  await text(page, "#reps", (text) => Number(text) === wanted);
  // From here on somebody squats again.
  console.log(took);
  visitor.away(false);
  await text(page, "#reps", (text) => Number(text) > wanted);
  assert.equal(await session(), before, "the session is still there");
  visitor.check();
});
