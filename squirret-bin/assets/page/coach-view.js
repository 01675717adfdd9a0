// What the coach says and counts: cue, repetitions, depth, stage, tempo, scores, the three body parts.
import { mark, put, the } from "./dom.js";
import { current, onLanguage, t } from "./text.js";

/** @typedef {import("./types.js").Data} Data */
/** @typedef {import("./types.js").Analysis} Analysis */

// What the camera told is older than this: the insoles' second counts again (ms).
const FRESH_MS = 1500;
// A part is judged only while the person moves: what was found is shown so long after it (ms).
const HELD_MS = 2500;
// The second's state comes each second; without three of them nothing is known.
const STALE_MS = 3500;

export class CoachView {
  #cue = the("cue", HTMLElement);
  #ring = the("ring", HTMLElement);
  #reps = the("reps", HTMLElement);
  #stage = the("stage", HTMLElement);
  #source = the("stage-source", HTMLElement);
  #tempo = the("tempo", HTMLElement);
  #form = the("form", HTMLElement);
  #last = the("last-rep", HTMLElement);
  #parts = Array.from(the("parts", HTMLElement).children);
  /** @type {import("./types.js").Voice | null} */
  #said = null;
  /** @type {Data | null} */
  #data = null;
  #dataAt = -Infinity;
  /** @type {Analysis | null} */
  #analysis = null;
  #analysisAt = -Infinity;
  /** @type {import("./types.js").Rep | null} */
  #rep = null;
  /** When each part was last found good or bad, and which. @type {Map<string, { mark: string, at: number }>} */
  #found = new Map();

  constructor() {
    onLanguage(() => this.#all());
  }

  /** @param {Data} data @param {number} now */
  data(data, now) {
    // A count that begins anew, here or by another client: the last repetition is of another workout.
    if (this.#rep && data.reps < this.#rep.number) this.#rep = null;
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
    put(this.#reps, String(rep.number));
    this.#tempoNow();
  }

  /** The text as it stands here, in the page's language if the server sent it. @param {import("./types.js").Voice} voice */
  say(voice) {
    this.#said = voice;
    this.#cueNow();
    return voice.texts?.[current()] ?? voice.text;
  }

  /** Time goes on: what is too old is not shown any more. @param {number} now */
  tick(now) {
    if (!this.#said) this.#cueNow();
    this.#stageNow(now);
    this.#partsNow(now);
  }

  #all() {
    const now = performance.now();
    this.#cueNow();
    this.#tempoNow();
    this.tick(now);
  }

  #cueNow() {
    const said = this.#said;
    mark(this.#cue, "data-kind", said?.kind ?? "none");
    const nothing = performance.now() - Math.max(this.#dataAt, this.#analysisAt) < STALE_MS && this.#known() ? t("ready") : t("waiting");
    put(this.#cue, said ? (said.texts?.[current()] ?? said.text) : nothing);
    // Words of a language that the page is not in are told as such to who reads aloud.
    if (said && !said.texts) this.#cue.lang = /[가-힣]/.test(said.text) ? "ko" : "en";
    else this.#cue.removeAttribute("lang");
  }

  /** Whether somebody is there to be judged. */
  #known() { return this.#analysis?.person === true || this.#data?.stageSource !== undefined; }

  /** @param {number} now */
  #stageNow(now) {
    const data = now - this.#dataAt < STALE_MS ? this.#data : null;
    const seen = now - this.#analysisAt < FRESH_MS && this.#analysis?.person ? this.#analysis : null;
    const known = seen ?? data;
    const stage = known?.stage ?? "UNKNOWN";
    // A repetition is told at once, the second's state comes later.
    put(this.#reps, known ? String(Math.max(known.reps, this.#rep?.number ?? 0)) : "–");
    put(this.#stage, t(stage));
    mark(this.#ring, "data-stage", stage);
    const source = seen ? "pose" : data?.stageSource;
    put(this.#source, source && stage !== "UNKNOWN" ? t(`source_${source}`) : " ");
    this.#depthNow(seen?.depth ?? data?.depth);
    put(this.#form, data && data.value > 0 ? String(Math.round(data.value * 100)) : "–");
    const last = this.#rep?.score ?? data?.score;
    put(this.#last, last === undefined ? "–" : String(Math.round(last)));
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
    put(the("tempo-text", HTMLElement), `${t("down")} ${down.toFixed(1)} ${t("seconds")} · ${t("up")} ${up.toFixed(1)} ${t("seconds")}`);
  }
}
