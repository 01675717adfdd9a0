// The report that the page opens: its numbers are those of its JSON, in both languages and both themes.
// node report.mjs 'http://127.0.0.1:PORT/#session=…&token=…' REPETITIONS
import assert from "node:assert/strict";
import { axe, launch, run, text, visit } from "./browser.mjs";

const [link, wanted] = [process.argv[2], Number(process.argv[3])];
assert.ok(wanted >= 3, "there is something to report");
const browser = await launch();
await run(browser, async () => {
  const visitor = await visit(browser, link, { locale: "en-US", colorScheme: "light", timezoneId: "Asia/Seoul" });
  const { page, context } = visitor;
  await page.goto(link);
  await text(page, "#reps", (text) => Number(text) === wanted);
  const [report] = await Promise.all([context.waitForEvent("page"), page.click("#report")]);
  await report.waitForURL(/\/api\/report\/[0-9a-f-]{36}\?/);
  await report.locator("main").waitFor();
  const url = new URL(report.url());
  assert.ok(url.searchParams.get("seal"), "a link, and no token");
  assert.equal(await report.getAttribute("html", "lang"), "en");
  assert.match(await report.textContent(".when"), /UTC\+9:00/, "times are those of the person");

  const json = await (await fetch(asked(url, { format: "json" }))).json();
  assert.equal(json.totals.reps, wanted);
  assert.equal(json.reps.length, wanted);

  for (const language of ["en", "ko"]) {
    for (const colorScheme of ["light", "dark"]) {
      await report.emulateMedia({ colorScheme });
      await report.goto(asked(url, { lang: language }));
      assert.equal(await report.getAttribute("html", "lang"), language);
      await axe(report, `report, ${colorScheme}, ${language}`);
    }
  }
  await report.goto(asked(url, { lang: "en" }));
  await agrees(report, json);
  await report.setViewportSize({ width: 360, height: 740 });
  assert.ok((await report.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, "nothing is cut off on a phone");

  url.searchParams.set("seal", "forged");
  const dead = await fetch(url);
  assert.equal(dead.status, 401);
  assert.match(await dead.text(), /<h1>This report cannot be opened<\/h1>/, "a person who follows a dead link reads why");
  visitor.check();
});

/** The link with other parameters. */
function asked(url, parameters) {
  const other = new URL(url);
  for (const [name, value] of Object.entries(parameters)) other.searchParams.set(name, value);
  return other.href;
}

/** Compares what the page shows with the JSON, number for number. */
async function agrees(report, json) {
  const cards = await report.$$eval(".cards div", (all) => Object.fromEntries(all.map((card) => [card.querySelector("dt").textContent, card.querySelector("b").textContent])));
  const { totals } = json;
  near(cards["Mean score"], totals.score, 0);
  near(cards.Repetitions, totals.reps, 0);
  near(cards["Nothing to correct"], totals.cleanReps, 0);
  // Insoles alone do not judge the depth, so none is shown.
  assert.equal(totals.depth, undefined);
  assert.equal(cards["Mean depth"], "–");
  assert.equal(await report.textContent(".summary"), json.summary);

  const rows = await report.$$eval("section:last-of-type tbody tr", (all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
  assert.equal(rows.length, json.reps.length);
  for (const [at, [number, score, depth, tempo]] of rows.entries()) {
    const rep = json.reps[at];
    near(number, rep.number, 0);
    near(score, rep.score, 0);
    assert.equal(depth, "–");
    assert.ok(rep.notAssessed.includes("depth"));
    for (const [place, seconds] of [rep.descentSeconds, rep.bottomSeconds, rep.ascentSeconds].entries()) near(tempo.split("·")[place], seconds, 1);
  }
  const shown = new Map(await report.$$eval("tbody tr", (all) => all.map(({ children: [head, second] }) => [head.textContent, second.textContent])));
  assert.ok(json.faults.length > 0, "something was assessed");
  for (const { title, faults, assessed } of json.faults) assert.equal(shown.get(title), `${faults} of ${assessed}`, title);
}

/** A number as shown is the number, rounded to so many digits. */
function near(shown, value, digits) {
  assert.ok(Math.abs(Number.parseFloat(shown) - value) <= 0.5001 * 10 ** -digits, `${shown} is not ${value}`);
}
