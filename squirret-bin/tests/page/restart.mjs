// A server that goes away and comes back: the page notices, waits, and is there again, with the same session.
// node restart.mjs http://127.0.0.1:PORT; says "live" when the server may go, reads a line when it is back.
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { launch, moves, run, text, visit } from "./browser.mjs";

const base = process.argv[2];
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const browser = await launch();
await run(browser, async () => {
  const visitor = await visit(browser, base, { locale: "en-US" });
  const { page } = visitor;
  const session = () => page.evaluate(() => JSON.parse(sessionStorage.getItem("squirret.session")).sessionId);
  await page.goto(base);
  await text(page, "#connection", (text) => text === "Live");
  await moves(page, "#soles");
  const before = await session();
  visitor.away(true);
  console.log("live");
  await text(page, "#connection", (text) => text === "Reconnecting");
  console.log("lost");
  await lines.next();
  await text(page, "#connection", (text) => text === "Live");
  visitor.away(false);
  await moves(page, "#soles");
  await text(page, "#device-left b", (text) => /\/s$/.test(text));
  assert.ok(before);
  assert.equal(await session(), before, "the session is still there");
  visitor.check();
});
