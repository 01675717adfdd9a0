// A fresh machine with `serve --demo`: everything on the page moves; then its switches, its set-up and its languages.
// node demo.mjs http://127.0.0.1:PORT
import assert from "node:assert/strict";
import { axe, launch, moves, painted, run, text, until, visit } from "./browser.mjs";

const base = process.argv[2];
const browser = await launch();
await run(browser, async () => {
  const visitor = await visit(browser, base);
  const { page } = visitor;
  await page.goto(base);

  await text(page, "#connection", (text) => text === "실시간");
  assert.equal(await page.getAttribute("html", "lang"), "ko");
  await page.locator("#demo").waitFor({ state: "visible" });
  await moves(page, "#soles");
  await moves(page, "#figure");
  await text(page, "#device-left b", (text) => /회\/초/.test(text));
  await text(page, "#balance-left", (text) => /^\d+ %$/.test(text));
  await axe(page, "live page, dark, Korean");

  await until(() => page.getAttribute("#cue", "data-kind"), (kind) => kind !== "none");
  assert.match(await page.textContent("#cue"), /[가-힣]/);
  await text(page, "#stage", (text) => text === "내려가기");
  await until(() => page.getAttribute("#ring", "aria-valuenow"), (depth) => Number(depth) > 60);
  await text(page, "#reps", (text) => Number(text) >= 1);
  await text(page, "#tempo-text", (text) => /내려가기 \d\.\d초 · 올라오기 \d\.\d초/.test(text));
  // A cue fades and goes: the headline never says what was long ago.
  const said = await page.textContent("#cue");
  await text(page, "#cue", (text) => text !== said);
  await page.locator("#rep-list li").first().waitFor();
  assert.ok((await painted(page, "#chart")).pixels > 500, "the chart shows something");
  await until(() => page.getAttribute("#parts [data-part=knee]", "data-mark"), (mark) => mark === "good");

  await switches(page);
  await setUp(page);
  await narrow(page);
  visitor.check();
});

/** Language and theme change at once, and stay over a reload. */
async function switches(page) {
  await page.click("#language");
  assert.equal(await page.getAttribute("html", "lang"), "en");
  assert.equal(await page.textContent("#connection"), "Live");
  assert.doesNotMatch(await page.textContent("#cue"), /[가-힣]/, "a cue of the server is shown in the page's language");
  await axe(page, "live page, dark, English");
  await page.click("#theme");
  await page.click("#theme");
  assert.equal(await page.getAttribute("html", "data-theme"), "light");
  await axe(page, "live page, light, English");
  const response = await page.reload();
  assert.match(await response.text(), /<html data-theme="light"/, "the page comes in its theme, so that nothing flashes");
  await text(page, "#connection", (text) => text === "Live");
  assert.equal(await page.getAttribute("html", "lang"), "en");
  assert.equal(await page.getAttribute("html", "data-theme"), "light");
  await page.click("#language");
  await axe(page, "live page, light, Korean");
  assert.equal(await page.getAttribute("#voice", "aria-pressed"), "false");
  await page.click("#voice");
  assert.equal(await page.getAttribute("#voice", "aria-pressed"), "true");
}

/** By keyboard alone: calibrate with its countdown, connect a pair, count anew. */
async function setUp(page) {
  await page.focus("#calibrate");
  await page.keyboard.press("Enter");
  await text(page, "#calibrate", (text) => /가만히 서 주세요 [1-5]/.test(text));
  await text(page, "#setup-result", (text) => text === "보정했어요" || text.startsWith("아직이에요"));
  await page.focus("#device-id");
  await page.keyboard.type("pair-of-the-test");
  await page.keyboard.press("Enter");
  await text(page, "#bind-result", (text) => text.startsWith("이 ID로 들어오는 신호가 없어요"));
  const before = Number(await page.textContent("#reps"));
  assert.ok(before > 1);
  await page.focus("#restart");
  await page.keyboard.press("Space");
  // A squat that was under way still counts: it is the first of the new workout.
  await text(page, "#reps", (text) => Number(text) <= 1);
}

/** Nothing is cut off on a phone, upright or lying. */
async function narrow(page) {
  // The last two are a phone and a laptop at 200 %.
  for (const [width, height] of [[360, 740], [740, 360], [1024, 768], [195, 422], [640, 400]]) {
    await page.setViewportSize({ width, height });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${width} px wide: ${wide} px too much`);
    const small = await page.evaluate(() => [...document.querySelectorAll("button, a.button, label.button")].filter((control) => control.checkVisibility())
      .map((control) => control.getBoundingClientRect()).filter(({ height }) => height > 0 && height < 36).length);
    assert.equal(small, 0, "every control is large enough for a thumb");
  }
}
