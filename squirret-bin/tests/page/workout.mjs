// From the page to the first counted squat: one tap, no scrolling, and words that are read from three metres.
// node workout.mjs http://127.0.0.1:PORT FILM
import assert from "node:assert/strict";
import { axe, launch, run, text, until, visit } from "./browser.mjs";

const [, , base, film] = process.argv;
const FORMS = [
  { width: 390, height: 844, locale: "ko-KR", colorScheme: "dark" }, { width: 844, height: 390, locale: "en-US", colorScheme: "light" },
  { width: 1280, height: 720, locale: "en-US", colorScheme: "dark" }, { width: 1440, height: 900, locale: "ko-KR", colorScheme: "light" },
];
const browser = await launch(["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film}`]);
await run(browser, async () => {
  for (const form of FORMS) await squat(form);
  await denied();
});

/** @param {(typeof FORMS)[number]} form */
async function squat({ width, height, locale, colorScheme }) {
  const what = `${width}×${height}`;
  const visitor = await visit(browser, base, { permissions: ["camera"], locale, colorScheme, viewport: { width, height } });
  const { page } = visitor;
  const phase = () => page.getAttribute("#workout", "data-phase");
  await page.goto(base);
  await page.locator("#connection[data-state=live]").waitFor();
  const button = await page.locator("#workout-start").boundingBox();
  assert.ok(button && button.y + button.height <= height, `${what}: the button is seen without scrolling`);
  await page.mouse.click(button.x + button.width / 2, button.y + button.height / 2);
  await axe(page, `workout, guide, ${what}`);
  assert.ok((await lettersOf(page, "#workout-cue")) >= 0.04, `${what}: the guide's words`);
  await until(phase, (phase) => phase === "set");
  await text(page, "#workout-reps", (text) => Number(text) >= 1);
  assert.ok((await lettersOf(page, "#workout-reps")) >= 0.15, `${what}: the count`);
  assert.equal(await page.evaluate(() => scrollY), 0);
  assert.equal(await page.locator("#workout button:visible").count(), 1, `${what}: one button`);
  await axe(page, `workout, set, ${what}`);
  await fitsAll(page, what);
  await page.click("#workout-stop");
  await until(phase, (phase) => phase === "summary");
  await axe(page, `workout, summary, ${what}`);
  const [report] = await Promise.all([page.context().waitForEvent("page"), page.click("#workout-report")]);
  await report.waitForURL(/workout=last/);
  await report.locator("main").waitFor();
  await report.close();
  await page.click("#workout-stop");
  await page.locator("#past-list li").first().waitFor();
  await axe(page, `page with a workout, ${what}`);
  await outlives(visitor);
  visitor.check();
  await page.context().close();
}

/** A closed tab loses nothing, and what was kept can be deleted. */
async function outlives({ page }) {
  await page.reload();
  await page.locator("#past-list li").first().waitFor();
  await page.click("#past-delete");
  await page.click("#past-delete");
  await page.locator("#past-none").waitFor({ state: "visible" });
}

/** The height of an element's letters as a share of the view's. */
function lettersOf(page, selector) {
  return page.evaluate((selector) => {
    const element = document.querySelector(selector);
    const { fontWeight, fontSize, fontFamily } = getComputedStyle(element);
    const context = new OffscreenCanvas(1, 1).getContext("2d");
    context.font = `${fontWeight} ${fontSize} ${fontFamily}`;
    const letters = context.measureText(/[가-힣]/.test(element.textContent) ? "가" : "0");
    return (letters.actualBoundingBoxAscent + letters.actualBoundingBoxDescent) / innerHeight;
  }, selector);
}

/** The longest cues of both languages fit, and their letters are still read from three metres. */
async function fitsAll(page, what) {
  const cues = ["오른발에 조금 더 실어 주세요", "Put a little more weight on your right foot", "The camera needs https or localhost. A video file works"];
  for (const cue of cues) {
    const fits = await page.evaluate(async (cue) => {
      const { fit } = await import("/fit.js");
      const element = document.querySelector("#workout-cue").cloneNode();
      document.querySelector("#workout").append(element);
      element.textContent = cue;
      fit(element, innerWidth * 0.14, innerHeight * 0.06);
      const { scrollHeight, clientHeight, scrollWidth, clientWidth } = element;
      const letters = (0.7 * Number.parseFloat(element.style.fontSize)) / innerHeight;
      element.remove();
      return { fits: scrollHeight <= clientHeight + 1 && scrollWidth <= clientWidth + 1, letters };
    }, cue);
    assert.ok(fits.fits && fits.letters >= 0.04, `${what}: ${cue} ${JSON.stringify(fits)}`);
  }
}

/** Without a camera the large words say what stands in the way, and small ones what to do; the keyboard leads out again. */
async function denied() {
  const other = await launch();
  await run(other, async () => {
    const visitor = await visit(other, base, { locale: "en-US" });
    const { page } = visitor;
    await page.goto(base);
    await page.click("#workout-start");
    await text(page, "#workout-cue", (text) => /Camera blocked|has no camera/.test(text));
    await text(page, "#workout-hint", (text) => /Insoles alone work too/.test(text));
    for (let tab = 0; tab < 4; tab++) {
      await page.keyboard.press("Tab");
      const inside = await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest("#workout") !== null);
      assert.ok(inside, "what lies below the workout cannot be reached");
    }
    await page.evaluate(() => document.fullscreenElement && document.exitFullscreen());
    await page.keyboard.press("Escape");
    await page.locator("#workout").waitFor({ state: "hidden" });
    assert.equal(await page.evaluate(() => document.activeElement.id), "workout-start");
    visitor.check();
  });
}
