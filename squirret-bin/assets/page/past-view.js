// Earlier workouts of this browser, from the server's store: a list, how the weeks went, a copy, and their end.
import { put, the } from "./dom.js";
import { recall, remember } from "./memory.js";
import { asRead } from "./report-view.js";
import { api } from "./session.js";
import { current, filled, onLanguage, t } from "./text.js";

/** @typedef {import("./api.js").WorkoutRow} Past */
/** @typedef {keyof typeof MEASURES} Measure */

// Where the lists of this browser's older sessions are, which outlive the sessions.
const KEY = "workouts";
const OLDER = 20;

const SHOWN = 8;
const WEEKS = 8;
const WEEK_MS = 7 * 86_400_000;
/** What the weeks are compared by: the page's word for it, its unit, and its value from 0 to 100 of a workout in which it is known. */
const MEASURES = {
  score: { word: /** @type {const} */ ("meanScore"), unit: "", of: (/** @type {Past} */ { score }) => score },
  depth: { word: /** @type {const} */ ("depth"), unit: " %", of: (/** @type {Past} */ { depth }) => depth && Math.min(1, depth) * 100 },
  clean: { word: /** @type {const} */ ("cleanReps"), unit: " %", of: (/** @type {Past} */ { reps, cleanReps }) => (cleanReps / reps) * 100 },
};

export class PastView {
  #session;
  #remove = the("past-delete", HTMLButtonElement);
  #measure = the("past-measure", HTMLSelectElement);
  /** @type {Past[]} */
  #workouts = [];
  /** Deleting asks once more. */
  #sure = false;

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.#session = session;
    the("past-export", HTMLButtonElement).onclick = () => this.#export();
    this.#remove.onclick = () => this.#delete();
    this.#remove.onblur = () => this.#ask(false);
    this.#measure.onchange = () => this.#show();
    onLanguage(() => {
      const chosen = this.#measure.value || "score";
      this.#measure.replaceChildren(...Object.entries(MEASURES).map(([name, { word }]) => new Option(t(word), name, false, name === chosen)));
      this.#ask(false);
      this.refresh();
    });
  }

  /** Reads them again: of this session, and of those that this browser had before. */
  async refresh() {
    if (!this.#session.id) return this.#show();
    const lists = await Promise.all([this.#own(), ...older(this.#session.id).map(listed)]);
    /** @type {Map<string, Past>} */
    const all = new Map();
    for (const past of lists.flat()) all.set(`${past.sessionId} ${past.start}`, past);
    this.#workouts = [...all.values()].sort((a, b) => b.start.localeCompare(a.start));
    this.#show();
  }

  /** This session's; where its list is found later is kept. */
  async #own() {
    try {
      const { sessionId, wsToken } = await this.#session.fresh();
      const { url, workouts } = await api.listWorkouts(sessionId, { lang: current() }, { token: wsToken });
      if (url && workouts.length) remember(KEY, JSON.stringify([[sessionId, url], ...others(sessionId)].slice(0, OLDER)));
      return workouts;
    } catch {
      return [];
    }
  }

  #show() {
    const some = this.#workouts.length > 0;
    the("past-none", HTMLElement).hidden = some;
    the("past-actions", HTMLElement).hidden = !some;
    the("past-list", HTMLElement).replaceChildren(...this.#workouts.slice(0, SHOWN).map(line));
    const measure = MEASURES[/** @type {Measure} */ (this.#measure.value)];
    const weeks = byWeek(this.#workouts, measure.of);
    const list = the("past-weeks", HTMLElement);
    list.hidden = the("past-progress", HTMLElement).hidden = weeks.length < 2;
    list.replaceChildren(...weeks.map((week) => bar(week, measure.unit)));
  }

  #export() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(this.#workouts, null, 2)], { type: "application/json" }));
    link.download = "squirret-workouts.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  /** @param {boolean} sure */
  #ask(sure) {
    this.#sure = sure;
    put(this.#remove, t(sure ? "pastDeleteSure" : "pastDelete"));
  }

  async #delete() {
    if (!this.#sure) return this.#ask(true);
    this.#ask(false);
    try {
      for (const url of older(this.#session.id)) await fetch(url, { method: "DELETE" });
      // The server forgets the person, and with them the session.
      await this.#session.endBy(({ sessionId, wsToken }) => api.deleteWorkouts(sessionId, { token: wsToken }));
      remember(KEY, "[]");
      this.#workouts = [];
      put(the("past-state", HTMLElement), t("pastDeleted"));
    } catch {
      put(the("past-state", HTMLElement), t("notConnected"));
    }
    this.#show();
  }
}

/** Other sessions of this browser, and where their lists are. @param {string} own @returns {[string, string][]} */
function others(own) {
  try {
    const lists = JSON.parse(recall(KEY) ?? "[]");
    return lists.filter((/** @type {unknown} */ list) => Array.isArray(list) && list[0] !== own && String(list[1]).startsWith("/api/workouts/"));
  } catch {
    return [];
  }
}

/** Where the lists of other sessions of this browser are. @param {string} own @returns {string[]} */
const older = (own) => others(own).map(([, url]) => url);

/** What stands in a list. @param {string} url @returns {Promise<Past[]>} */
async function listed(url) {
  const reply = await fetch(`${url}&lang=${current()}`).catch(() => null);
  return reply?.ok ? (await reply.json()).workouts : [];
}

/** @param {Past} past */
function line(past) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  const start = new Date(past.start);
  link.href = asRead(past.reportUrl, start);
  const when = start.toLocaleString(current(), { month: "short", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", hour12: current() === "ko" ? false : undefined });
  const [worst] = past.faults.filter(({ faults }) => faults > 0).sort((a, b) => b.faults - a.faults);
  const parts = [["when", when], ["reps", filled("planRepCount", { reps: past.reps })], ["score", past.score === undefined ? "–" : `${Math.round(past.score)}${t("points")}`], ["words", worst ? worst.title : ""]];
  for (const [name, words] of parts) {
    const span = document.createElement("span");
    span.className = name;
    span.textContent = words;
    link.append(span);
  }
  item.append(link);
  return item;
}

/** A measure's mean over the repetitions of each of the last weeks, oldest first. @param {Past[]} workouts @param {(past: Past) => number | undefined} of */
function byWeek(workouts, of) {
  const now = Date.now();
  const weeks = Array.from({ length: WEEKS }, (_, index) => ({ ago: WEEKS - 1 - index, squatted: false, reps: 0, sum: 0 }));
  for (const past of workouts) {
    const week = weeks[WEEKS - 1 - Math.floor((now - Date.parse(past.start)) / WEEK_MS)];
    if (!week) continue;
    week.squatted = true;
    const value = of(past);
    if (value === undefined) continue;
    week.reps += past.reps;
    week.sum += past.reps * value;
  }
  const first = weeks.findIndex(({ squatted }) => squatted);
  return first < 0 ? [] : weeks.slice(first);
}

/** @param {ReturnType<typeof byWeek>[number]} week @param {string} unit */
function bar({ ago, reps, sum }, unit) {
  const item = document.createElement("li");
  const [value, fill, name] = ["b", "i", "span"].map((kind) => document.createElement(kind));
  const mean = reps ? Math.round(sum / reps) : 0;
  fill.style.setProperty("--score", String(mean));
  value.textContent = reps ? mean + unit : "–";
  name.textContent = ago ? filled("weeksAgo", { weeks: ago }) : t("thisWeek");
  item.append(value, fill, name);
  return item;
}
