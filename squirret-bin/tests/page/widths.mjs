// Nothing that is drawn decides its own size: at every width the page's height is the same a moment later.
// node widths.mjs http://127.0.0.1:PORT
import assert from "node:assert/strict";
import { launch, painted, run, text, visit } from "./browser.mjs";

const base = process.argv[2];
const browser = await launch();
await run(browser, async () => {
  for (const deviceScaleFactor of [1, 1.25, 2]) {
    const visitor = await visit(browser, base, { deviceScaleFactor });
    const { page } = visitor;
    await page.goto(base);
    await text(page, "#device-left b", (text) => /회\/초/.test(text));
    for (let width = 320; width <= 1920; width += 7) {
      await page.setViewportSize({ width, height: 800 });
      const grown = await page.evaluate(async () => {
        const paints = async (count) => { for (let at = 0; at < count; at++) await new Promise(requestAnimationFrame); };
        const heights = () => ["html", "#soles", "#chart", "#figure"].map((what) => document.querySelector(what).scrollHeight);
        await paints(1);
        const before = heights();
        await paints(2);
        return heights().map((height, index) => height - before[index]);
      });
      assert.deepEqual(grown, [0, 0, 0, 0], `${width} px at ${deviceScaleFactor}`);
    }
    for (const canvas of ["#soles", "#figure"]) assert.ok((await painted(page, canvas)).pixels > 500, `${canvas} at ${deviceScaleFactor}`);
    visitor.check();
    await page.context().close();
  }
});
