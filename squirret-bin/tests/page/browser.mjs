// Chromium on the page under test: what every visit must keep (no error, no broken policy, nobody else asked), and axe.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.SQUIRRET_TEST_TOOLS}/`);
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** What is waited for comes within this, unless it is broken (ms). */
export const PATIENCE = 45_000;

/** Starts the browser; `arguments_` are Chromium's own. */
export async function launch(arguments_ = []) {
  return chromium.launch({ executablePath: process.env.SQUIRRET_CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage", ...arguments_] });
}

/**
 * Opens a page that notes everything it must not do; `offline` tells when a lost server is part of the test, which
 * browsers write to the console as failed requests.
 */
export async function visit(browser, base, options = {}) {
  const context = await browser.newContext({ locale: "ko-KR", colorScheme: "dark", viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const sins = [];
  let offline = false;
  const own = new URL(base).hostname;
  page.on("console", (message) => {
    const text = message.text();
    const lost = offline && /ERR_CONNECTION|Failed to load resource|WebSocket connection|Failed to fetch|fetching the script/.test(text);
    if (["error", "warning"].includes(message.type()) && !lost) sins.push(`console: ${text}`);
  });
  page.on("pageerror", (error) => sins.push(`uncaught: ${error.stack ?? error}`));
  const ask = (url) => { if (/^(https?|wss?):/.test(url) && new URL(url).hostname !== own) sins.push(`asked elsewhere: ${url}`); };
  page.on("request", (request) => ask(request.url()));
  page.on("websocket", (socket) => ask(socket.url()));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  return {
    page, context,
    /** From now on, or no more, the server may be away. */
    away(is) { offline = is; },
    /** Fails when the page did what it must not. */
    check() { assert.deepEqual(sins, []); },
  };
}

/** Fails with what axe finds on the page as it is now. */
export async function axe(page, what) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} ${any.map(({ message }) => message)}`).join(" | ")}`);
  });
  assert.deepEqual(found, [], what);
}

/** Waits until an element's text fulfils a condition, and gives it. */
export const text = (page, selector, condition = (text) => text.trim() !== "") =>
  until(async () => (await page.textContent(selector)) ?? "", condition);

/** Sum over what is painted on a canvas, and how many of its pixels are. */
export const painted = (page, selector) =>
  page.evaluate((selector) => {
    const canvas = document.querySelector(selector);
    // A copy is read, so that the page's own canvas stays as fast as it is.
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    let [sum, pixels] = [0, 0];
    for (let at = 0; at < data.length; at += 4) {
      if (!data[at + 3]) continue;
      pixels++;
      sum += data[at] + 2 * data[at + 1] + 3 * data[at + 2] + (at % 9973);
    }
    return { sum, pixels };
  }, selector);

/** Waits until a canvas shows something, and then something else. */
export async function moves(page, selector) {
  const first = await until(() => painted(page, selector), ({ pixels }) => pixels > 500);
  await until(() => painted(page, selector), ({ pixels, sum }) => pixels > 500 && sum !== first.sum);
}

/** Asks again until the answer fulfils a condition. */
export async function until(ask, condition, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (condition(answer)) return answer;
    if (Date.now() > end) throw new assert.AssertionError({ message: `waited in vain, last: ${JSON.stringify(answer)}` });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Runs a visit to its end and closes the browser whatever happens. */
export async function run(browser, body) {
  try {
    await body();
  } finally {
    await browser.close();
  }
}
