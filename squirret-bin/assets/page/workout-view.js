// The workout's screen: one picture, one count, one cue, one button, readable from three metres.
import { showHeadline } from "./cue.js";
import { mark, put, the } from "./dom.js";
import { fit } from "./fit.js";
import { filled, onLanguage, t } from "./text.js";

/**
 * @typedef {object} Shown
 * @property {import("./workout.js").Phase} phase
 * @property {number} set
 * @property {import("./plan.js").Plan} plan
 * @property {import("./workout.js").SetResult[]} sets
 * @property {number} count
 * @property {number} left seconds of the countdown or the rest
 * @property {import("./cue.js").Headline} headline
 * @property {boolean} fading
 * @property {boolean} fits whether the person stands in the outline
 * @property {boolean} films
 * @property {string} hint
 */

// The cue's letters are no smaller than this share of the screen's height, whatever is said.
const SMALLEST_CUE = 0.06;

export class WorkoutView {
  #screen = the("workout", HTMLElement);
  #cue = the("workout-cue", HTMLElement);
  #count = the("workout-count", HTMLElement);
  #skip = the("workout-skip", HTMLButtonElement);
  #stop = the("workout-stop", HTMLButtonElement);
  /** What the cue's size was chosen for. */
  #fitted = "";
  /** What the summary was drawn from. */
  #drawn = "";

  /** @param {{ start: () => void, skip: () => void, stop: () => void, report: () => void }} on */
  constructor(on) {
    the("workout-start", HTMLButtonElement).onclick = on.start;
    the("workout-report", HTMLButtonElement).onclick = on.report;
    this.#skip.onclick = on.skip;
    this.#stop.onclick = on.stop;
    document.addEventListener("keydown", ({ key }) => { if (key === "Escape" && !this.#screen.hidden && !document.fullscreenElement) on.stop(); });
    onLanguage(() => { this.#fitted = this.#drawn = ""; });
  }

  /** Fills the screen; in a tap, so that browsers let it. */
  open() {
    this.#screen.hidden = false;
    document.body.dataset.view = "workout";
    this.#cover(true);
    document.documentElement.requestFullscreen?.({ navigationUI: "hide" }).catch(() => { /* a phone that forbids it shows its bars */ });
    this.#stop.focus();
  }

  close() {
    this.#screen.hidden = true;
    document.body.dataset.view = "home";
    this.#cover(false);
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    the("workout-start", HTMLButtonElement).focus();
  }

  /** What lies below can be neither reached nor read meanwhile. @param {boolean} is */
  #cover(is) {
    for (const part of document.querySelectorAll("body > .skip, body > header, body > aside, body > footer, main > section")) part.toggleAttribute("inert", is);
  }

  /** A repetition counted: the number jumps once. */
  counted() {
    this.#count.classList.remove("counted");
    void this.#count.offsetWidth;
    this.#count.classList.add("counted");
  }

  /** @param {Shown} shown */
  show(shown) {
    const { phase, plan, headline } = shown;
    mark(this.#screen, "data-phase", phase);
    mark(this.#screen, "data-films", String(shown.films));
    mark(document.body, "data-phase", phase);
    mark(the("outline", SVGElement), "data-fits", String(shown.fits));
    put(the("workout-reps", HTMLElement), phase === "count" ? String(Math.max(1, shown.left)) : phase === "rest" ? clock(shown.left) : String(shown.count));
    put(the("workout-target", HTMLElement), phase === "set" && plan.reps ? ` / ${plan.reps}` : "");
    put(the("workout-set", HTMLElement), phase === "rest" ? filled("nextSet", { set: shown.set, sets: plan.sets }) : phase === "set" && plan.sets > 1 ? filled("setOf", { set: shown.set, sets: plan.sets }) : "");
    put(the("workout-hint", HTMLElement), shown.hint);
    showHeadline(this.#cue, headline, shown.fading);
    this.#fit(headline.text);
    this.#buttons(phase);
    this.#board(shown);
  }

  /** @param {import("./workout.js").Phase} phase */
  #buttons(phase) {
    const skip = /** @type {const} */ ({ guide: "startNow", stand: "startNow", rest: "skipRest" });
    const word = phase in skip ? skip[/** @type {keyof typeof skip} */ (phase)] : null;
    this.#skip.hidden = !word;
    if (word) put(this.#skip, t(word));
    the("workout-report", HTMLElement).hidden = phase !== "summary";
    put(this.#stop, t(phase === "summary" ? "done" : phase === "guide" || phase === "stand" ? "cancel" : "stop"));
  }

  /** As large as the text allows: the box is the page's. @param {string} text */
  #fit(text) {
    const { clientWidth, clientHeight } = this.#cue;
    const state = `${text}|${clientWidth}|${clientHeight}`;
    if (state === this.#fitted || !clientWidth) return;
    this.#fitted = state;
    const upright = innerHeight > innerWidth;
    // Beside the person, before a set, the words have a column and several lines.
    const column = clientWidth < innerWidth / 2;
    const largest = upright ? innerWidth * 0.14 : Math.min(innerWidth * 0.12, innerHeight * (column ? 0.095 : 0.2));
    fit(this.#cue, largest, innerHeight * SMALLEST_CUE);
  }

  /** What the sets came to, in a rest and at the end. @param {Shown} shown */
  #board({ phase, sets }) {
    const state = `${phase}|${JSON.stringify(sets)}`;
    if (state === this.#drawn) return;
    this.#drawn = state;
    const last = sets.at(-1);
    const ended = phase === "summary";
    the("workout-board", HTMLElement).hidden = !last || !(ended || phase === "rest");
    if (!last) return;
    const reps = ended ? sets.reduce((sum, set) => sum + set.reps, 0) : last.reps;
    const scored = (ended ? sets : [last]).filter(({ score }) => score !== null);
    const weight = scored.reduce((sum, set) => sum + set.reps, 0);
    const score = weight ? Math.round(scored.reduce((sum, set) => sum + (set.score ?? 0) * set.reps, 0) / weight) : null;
    put(the("board-title", HTMLElement), ended ? t("workoutDone") : filled("setNumber", { set: sets.length }));
    const figures = [[String(reps), t("reps")], [score === null ? "–" : String(score), t("score")]];
    if (ended) figures.push([String(sets.length), t("sets")]);
    the("board-figures", HTMLElement).replaceChildren(...figures.map(([value, name]) => {
      const [group, term, figure] = ["div", "dt", "dd"].map((kind) => document.createElement(kind));
      term.textContent = name;
      figure.textContent = value;
      group.append(term, figure);
      return group;
    }));
    const fault = ended ? commonest(sets) : last.fault;
    put(the("board-note", HTMLElement), fault ? filled("mostOften", { fault }) : score === null ? "" : t("noFault"));
    the("board-sets", HTMLElement).replaceChildren(...(ended && sets.length > 1 ? sets : []).map((set, index) => {
      const item = document.createElement("li");
      item.textContent = [filled("setNumber", { set: index + 1 }), filled("planRepCount", { reps: set.reps }), set.score === null ? "–" : `${Math.round(set.score)}${t("points")}`].join(" · ");
      return item;
    }));
  }
}

/** @param {import("./workout.js").SetResult[]} sets */
function commonest(sets) {
  const named = sets.map(({ fault }) => fault).filter((fault) => fault !== null);
  const often = (/** @type {string} */ fault) => named.filter((other) => other === fault).length;
  return named.sort((a, b) => often(b) - often(a))[0] ?? null;
}

/** Minutes and seconds. @param {number} seconds */
const clock = (seconds) => `${Math.floor(Math.max(0, seconds) / 60)}:${String(Math.max(0, seconds) % 60).padStart(2, "0")}`;
