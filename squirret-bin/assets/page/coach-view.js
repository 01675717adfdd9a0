// What the coach says and counts: headline, repetitions, depth, stage, tempo, scores, the three body parts.
import { showHeadline } from "./cue.js";
import { mark, put, the } from "./dom.js";
import { fit } from "./fit.js";
import { onLanguage, t } from "./text.js";

/** @typedef {import("./types.js").Data} Data */
/** @typedef {import("./types.js").Analysis} Analysis */

// What the camera told is older than this: the insoles' second counts again (ms).
const FRESH_MS = 1500;
// A part is judged only while the person moves: what was found is shown so long after it (ms).
const HELD_MS = 2500;
// The second's state comes each second; without three of them nothing is known.
const STALE_MS = 3500;

// The headline's letters: as large as the window and the box allow (px).
const LARGEST_PX = 54;
const SMALL_PX = 30;
const SMALLEST_PX = 17;

export class CoachView {
  #headline = the("cue", HTMLElement);
  #ring = the("ring", HTMLElement);
  #reps = the("reps", HTMLElement);
  #stage = the("stage", HTMLElement);
  #source = the("stage-source", HTMLElement);
  #tempo = the("tempo", HTMLElement);
  #parts = Array.from(the("parts", HTMLElement).children);
  #cue;
  /** @type {Data | null} */
  #data = null;
  #dataAt = -Infinity;
  /** @type {Analysis | null} */
  #analysis = null;
  #analysisAt = -Infinity;
  /** @type {import("./types.js").Rep | null} */
  #rep = null;
  /** Scores of this workout's repetitions. @type {number[]} */
  #scores = [];
  /** What the headline's size was chosen for. */
  #fitted = "";
  /** When each part was last found good or bad, and which. @type {Map<string, { mark: string, at: number }>} */
  #found = new Map();

  /** @param {import("./cue.js").Cue} cue */
  constructor(cue) {
    this.#cue = cue;
    onLanguage(() => this.#all());
  }

  /** @param {Data} data @param {number} now */
  data(data, now) {
    // A count that begins anew, here or by another client: the last repetition is of another workout.
    if (this.#rep && data.reps < this.#rep.number) {
      this.#rep = null;
      this.#scores = [];
    }
    [this.#data, this.#dataAt] = [data, now];
    this.#all();
  }

  /** @param {Analysis} analysis @param {number} now */
  analysis(analysis, now) {
    [this.#analysis, this.#analysisAt] = [analysis, now];
    this.#stageNow(now);
    this.#partsNow(now);
  }

  /** @param {import("./types.js").Rep} rep */
  rep(rep) {
    this.#rep = rep;
    this.#scores.push(rep.score);
    put(this.#reps, String(rep.number));
    this.#tempoNow();
  }

  /** Time goes on: what is too old is not shown any more. @param {number} now */
  tick(now) {
    this.#headlineNow(now);
    this.#stageNow(now);
    this.#partsNow(now);
  }

  #all() {
    this.#tempoNow();
    this.tick(performance.now());
  }

  /** @param {number} now */
  #headlineNow(now) {
    const headline = this.#cue.now(now) ?? { text: this.#idle(now), kind: "none" };
    showHeadline(this.#headline, headline, this.#cue.fades(now));
    const { clientWidth, clientHeight } = this.#headline;
    const state = `${headline.text}|${clientWidth}|${clientHeight}`;
    if (state === this.#fitted || !clientWidth) return;
    this.#fitted = state;
    fit(this.#headline, Math.min(LARGEST_PX, Math.max(SMALL_PX, innerWidth * 0.036)), SMALLEST_PX);
  }

  /** What goes on while there is nothing to say. @param {number} now */
  #idle(now) {
    const seen = now - this.#analysisAt < FRESH_MS && this.#analysis?.person;
    const known = seen || (now - this.#dataAt < STALE_MS && this.#data?.stageSource !== undefined);
    if (!known) return t("waiting");
    const stage = (seen ? this.#analysis?.stage : this.#data?.stage) ?? "UNKNOWN";
    return stage === "STANDING" || stage === "UNKNOWN" ? t("ready") : t(stage);
  }

  /** @param {number} now */
  #stageNow(now) {
    const data = now - this.#dataAt < STALE_MS ? this.#data : null;
    const seen = now - this.#analysisAt < FRESH_MS && this.#analysis?.person ? this.#analysis : null;
    const stage = (seen ?? data)?.stage ?? "UNKNOWN";
    // The count stays when the connection is lost. A repetition is announced at once, the second's state comes later.
    const count = Math.max(this.#data?.reps ?? -1, seen?.reps ?? -1, this.#rep?.number ?? -1);
    put(this.#reps, count < 0 ? "–" : String(count));
    put(this.#stage, t(stage));
    mark(this.#ring, "data-stage", stage);
    const source = seen ? "pose" : data?.stageSource;
    put(this.#source, source && stage !== "UNKNOWN" ? t(`source_${source}`) : " ");
    this.#depthNow(seen?.depth ?? data?.depth);
    const last = this.#rep?.score ?? data?.score;
    put(the("last-rep", HTMLElement), last === undefined ? "–" : String(Math.round(last)));
    const mean = this.#scores.reduce((sum, score) => sum + score, 0) / this.#scores.length;
    put(the("mean-score", HTMLElement), this.#scores.length ? String(Math.round(mean)) : "–");
  }

  /** @param {number | undefined} depth */
  #depthNow(depth) {
    const known = depth !== undefined;
    const share = Math.min(1, Math.max(0, depth ?? 0));
    mark(this.#ring, "data-depth", known ? "known" : "unknown");
    this.#ring.style.setProperty("--depth", share.toFixed(3));
    mark(this.#ring, "aria-valuenow", String(Math.round(share * 100)));
    mark(this.#ring, "aria-valuetext", known ? `${Math.round(share * 100)} %` : t("depthUnknown"));
    put(the("depth", HTMLElement), known ? `${Math.round(share * 100)} %` : "–");
  }

  /** @param {number} now */
  #partsNow(now) {
    const marks = now - this.#analysisAt < FRESH_MS && this.#analysis?.person ? this.#analysis : now - this.#dataAt < STALE_MS ? this.#data?.ai : null;
    for (const item of this.#parts) {
      const part = /** @type {"lumbar" | "knee" | "ankle"} */ (item.getAttribute("data-part"));
      const found = this.#found.get(part);
      /** @type {import("./types.js").Mark | "none"} */
      let state = marks?.[part] ?? "none";
      if (state === "good" || state === "bad") this.#found.set(part, { mark: state, at: now });
      else if (state === "null" && found && now - found.at < HELD_MS) state = /** @type {"good" | "bad"} */ (found.mark);
      mark(item, "data-mark", state);
      const words = /** @type {const} */ ({ good: "good", bad: "bad", null: "notAssessed", none: "noData" })[state];
      put(/** @type {Element} */ (item.lastElementChild), t(words));
    }
  }

  #tempoNow() {
    const rep = this.#rep;
    mark(this.#tempo, "data-known", String(rep !== null));
    if (!rep) return put(the("tempo-text", HTMLElement), t("tempoNone"));
    const [down, up] = [rep.descentSeconds, rep.ascentSeconds];
    this.#tempo.style.setProperty("--down", String(down));
    this.#tempo.style.setProperty("--up", String(up));
    put(the("tempo-text", HTMLElement), `${t("down")} ${down.toFixed(1)}${t("seconds")} · ${t("up")} ${up.toFixed(1)}${t("seconds")}`);
  }
}
