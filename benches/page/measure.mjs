// Measures the live page in Chromium against a running `squirret serve --demo`: size, first paint, pictures a second,
// memory. Prints a line of JSON a measurement.
//
//   .ci/tools && cargo build --release
//   target/release/squirret serve --demo --no-model-install &
//   SQUIRRET_TEST_TOOLS=target/test-tools node benches/page/measure.mjs http://127.0.0.1:8080 [SECONDS, default 600]
import { createRequire } from "node:module";
import { resolve } from "node:path";

const require = createRequire(`${resolve(process.env.SQUIRRET_TEST_TOOLS ?? "target/test-tools")}/`);
const { chromium } = require("playwright-core");
const [base = "http://127.0.0.1:8080", seconds = "600"] = process.argv.slice(2);
const VISITS = 9;
const PAINT_SECONDS = 20;

const executablePath = process.env.SQUIRRET_CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const tell = (what) => console.log(JSON.stringify(what));

async function open() {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: "dark", locale: "ko-KR" });
  const page = await context.newPage();
  // The browser's process for this server starts with another of its documents: the page is measured, not the browser's start.
  await page.goto(`${base}/healthz`);
  await page.goto(base);
  await page.waitForFunction(() => document.querySelector("#connection")?.dataset.state === "live");
  return { page, context };
}

/** Each visit with an empty cache. */
async function visits() {
  const [paints, sizes, files] = [[], [], []];
  for (let visit = 0; visit < VISITS; visit++) {
    const { page, context } = await open();
    const seen = await page.evaluate(() => {
      const loaded = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].filter(({ name }) => !name.endsWith("/readyz") && !name.includes("session"));
      return { paint: performance.getEntriesByName("first-contentful-paint")[0].startTime, size: loaded.reduce((sum, { transferSize }) => sum + transferSize, 0), files: loaded.length };
    });
    paints.push(seen.paint); sizes.push(seen.size); files.push(seen.files);
    await context.close();
  }
  tell({ firstPaintMs: median(paints), paints, transferredBytes: median(sizes), files: median(files) });
}

/** Pictures a second, and the longest gap between two. */
async function pictures(page) {
  tell(await page.evaluate((seconds) => new Promise((resolve) => {
    const times = [];
    const tick = (now) => {
      times.push(now);
      if (now - times[0] < seconds * 1000) return requestAnimationFrame(tick);
      const gaps = times.slice(1).map((at, index) => at - times[index]).sort((a, b) => a - b);
      resolve({ picturesPerSecond: gaps.length / ((now - times[0]) / 1000), medianGapMs: gaps[gaps.length >> 1], p99GapMs: gaps[Math.floor(gaps.length * 0.99)], longestGapMs: gaps.at(-1) });
    };
    requestAnimationFrame(tick);
  }), PAINT_SECONDS));
}

/** What the page keeps after a full collection, once a minute. */
async function memory(page, context) {
  const devtools = await context.newCDPSession(page);
  await devtools.send("Performance.enable");
  const started = Date.now();
  while ((Date.now() - started) / 1000 <= Number(seconds)) {
    await devtools.send("HeapProfiler.collectGarbage");
    const { metrics } = await devtools.send("Performance.getMetrics");
    const of = (name) => metrics.find((metric) => metric.name === name)?.value;
    tell({ second: Math.round((Date.now() - started) / 1000), heapBytes: of("JSHeapUsedSize"), nodes: of("Nodes"), listeners: of("JSEventListeners"), scriptSeconds: of("ScriptDuration") });
    await new Promise((resolve) => setTimeout(resolve, Math.min(60, Number(seconds)) * 1000));
  }
}

await visits();
const { page, context } = await open();
await pictures(page);
if (Number(seconds) > 0) await memory(page, context);
await browser.close();
