// A workout from the tap to its report: stand, calibrate, count down, sets, rests, summary.
import { faults } from "./body.js";
import { Counter } from "./counter.js";
import { placement } from "./placement.js";
import { tone } from "./sound.js";
import { filled, t, wireText } from "./text.js";
import { WorkoutView } from "./workout-view.js";

/** @typedef {"home" | "guide" | "stand" | "count" | "set" | "rest" | "summary"} Phase */
/** @typedef {{ reps: number, score: number | null, fault: string | null }} SetResult */

// A person stands well for so long before it goes on (ms).
const PLACED_MS = 900;
// Who is not seen for so long steps into the outline again (ms).
const GONE_MS = 2_500;
// Quiet standing is waited for no longer (ms).
const STAND_MS = 6_000;
const COUNTDOWN = 3;
const SEEN_MS = 1_500;
// The coach's state comes each second.
const COACHED_MS = 3_500;

export class Workout {
  /** @type {Phase} */
  #phase = "home";
  #since = 0;
  #counter = new Counter();
  /** @type {SetResult[]} */
  #sets = [];
  /** @type {import("./placement.js").Placement} */
  #placed = "placeStand";
  #placedSince = 0;
  #seenAt = -Infinity;
  /** When the coach last followed the person, by whatever it has. */
  #coachedAt = -Infinity;
  /** The second that was last counted down aloud. */
  #second = 0;
  #parts; #view;

  /**
   * @param {{ camera: import("./camera-view.js").CameraView, stomp: import("./stomp.js").Stomp, voice: import("./voice.js").Voice,
   *   cue: import("./cue.js").Cue, plan: import("./plan.js").Plan,
   *   report: import("./report-view.js").ReportView, ended: () => void }} parts
   */
  constructor(parts) {
    this.#parts = parts;
    this.#view = new WorkoutView({ start: () => this.start(), skip: () => this.#skip(), stop: () => this.stop(), report: () => parts.report.open() });
  }

  /** Whether it fills the screen. */
  get runs() { return this.#phase !== "home"; }

  /** Whether the coach's own words are heard and shown now; before and after a set the workout speaks itself. */
  get listens() { return this.#phase === "home" || this.#phase === "set"; }

  /** Begins, in a tap: voice and camera are asked for together. */
  start() {
    this.#parts.voice.start();
    this.#parts.cue.clear();
    this.#sets = [];
    this.#counter.reset(null);
    this.#go("guide");
    this.#view.open();
    if (!this.#parts.camera.runs) this.#parts.camera.start();
  }

  /** @param {import("./types.js").Analysis} analysis @param {number} now */
  analysis(analysis, now) {
    if (analysis.person) this.#seenAt = now;
    const next = placement(analysis);
    // The demonstration's person and cameras elsewhere show themselves, but nobody can step into them.
    if (next !== this.#placed) [this.#placed, this.#placedSince] = [next, now];
  }

  /** @param {import("./types.js").Data} data @param {number} now */
  data({ reps, stageSource }, now) {
    if (stageSource) this.#coachedAt = now;
    if (this.#phase === "set") this.#counter.data(reps);
  }

  /** @param {import("./types.js").Rep} rep */
  rep(rep) {
    if (this.#phase !== "set") return;
    this.#counter.rep(rep);
    this.#view.counted();
    tone(660, 0.12, this.#parts.voice.volume);
    this.#checkGoal();
  }

  /** The coach knows how the person stands. */
  calibrated() { if (this.#phase === "stand") this.#go("count"); }

  /** Ends the set and the workout, or leaves the screen. */
  stop() {
    if (this.#phase === "set") this.#endSet();
    const squatted = this.#sets.length > 0;
    if (this.#phase === "home") return;
    this.#parts.camera.stop();
    if (this.#phase === "summary" || !squatted) return this.#leave();
    this.#parts.stomp.event("stop");
    this.#parts.voice.say(t("workoutDone"));
    this.#go("summary");
    this.#parts.ended();
  }

  /** Some times a second. @param {number} now */
  tick(now) {
    if (this.#phase === "home") return;
    // Asked anew each time: what follows may be another phase, which has just begun.
    const passed = () => Math.max(0, now - this.#since);
    // Whom the insoles follow needs no place before a camera that cannot be had.
    if (this.#phase === "guide" && !this.#parts.camera.runs && this.#parts.camera.trouble !== "cameraStarting" && this.#isFollowed(now)) this.#stand();
    if (this.#phase === "guide" && this.#placed === "placed" && now - this.#seenAt < SEEN_MS && now - this.#placedSince > PLACED_MS) this.#stand();
    if (this.#phase === "stand" && passed() > STAND_MS) this.#go("count");
    if ((this.#phase === "stand" || this.#phase === "count") && this.#parts.camera.runs && now - this.#seenAt > GONE_MS) this.#go("guide");
    if (this.#phase === "count") this.#countDown(Math.ceil(COUNTDOWN - passed() / 1000), () => this.#beginSet());
    if (this.#phase === "rest") this.#countDown(Math.ceil(this.#parts.plan.rest - passed() / 1000), () => this.#beginSet());
    if (this.#phase === "set") this.#checkGoal();
    this.#show(now);
  }

  /** @param {Phase} phase */
  #go(phase) {
    [this.#phase, this.#since, this.#second] = [phase, performance.now(), 0];
    this.#parts.cue.clear();
    this.#show(this.#since);
  }

  /** What the second button does: begin without the guide, or cut the rest short. */
  #skip() {
    if (this.#phase === "guide") this.#stand();
    else if (this.#phase === "stand" || this.#phase === "rest") this.#go("count");
  }

  /** The coach takes the person's standing as the measure, and counts from zero. */
  #stand() {
    this.#go("stand");
    this.#parts.stomp.event("start");
    this.#parts.voice.say(t("standStill"));
  }

  /** Sounds each of the last seconds once, and goes on at zero. @param {number} left @param {() => void} then */
  #countDown(left, then) {
    if (left <= 0) return then();
    if (left > COUNTDOWN || left === this.#second) return;
    this.#second = left;
    tone(520, 0.15, this.#parts.voice.volume);
    this.#parts.voice.say(String(left));
  }

  #beginSet() {
    this.#counter.reset(null);
    this.#go("set");
    tone(1040, 0.4, this.#parts.voice.volume);
    this.#parts.voice.say(t("go"));
  }

  #checkGoal() {
    const { reps, sets } = this.#parts.plan;
    if (!reps || this.#counter.count < reps) return;
    this.#endSet();
    tone(1040, 0.6, this.#parts.voice.volume);
    if (this.#sets.length >= sets) return this.stop();
    this.#parts.voice.say(filled("setDone", { seconds: this.#parts.plan.rest }));
    this.#go("rest");
  }

  #endSet() {
    const { count, reps } = this.#counter;
    this.#phase = "rest";
    if (!count) return;
    const score = reps.length ? reps.reduce((sum, rep) => sum + rep.score, 0) / reps.length : null;
    this.#sets.push({ reps: count, score, fault: commonest(reps) });
  }

  #leave() {
    this.#go("home");
    this.#view.close();
  }

  /** Whether the coach follows the person, by whatever it has. @param {number} now */
  #isFollowed(now) { return now - this.#coachedAt < COACHED_MS; }

  /** @param {number} now */
  #show(now) {
    const { plan, cue, camera, voice } = this.#parts;
    const [phase, passed] = [this.#phase, Math.max(0, now - this.#since)];
    if (phase === "home") return;
    const set = Math.min(this.#sets.length + 1, plan.sets);
    this.#view.show({
      phase, set, plan, sets: this.#sets, count: this.#counter.count,
      left: phase === "rest" ? Math.ceil(plan.rest - passed / 1000) : Math.ceil(COUNTDOWN - passed / 1000),
      headline: this.#headline(now), fading: phase === "set" && cue.fades(now),
      fits: this.#placed === "placed" && now - this.#seenAt < SEEN_MS,
      films: camera.runs, hint: this.#hint(voice.missing, now),
    });
  }

  /** What to know before the first set, and what helps. @param {boolean} mute whether the language cannot be spoken @param {number} now */
  #hint(mute, now) {
    // Whom the insoles follow needs no help with the camera.
    const { help } = this.#parts.camera;
    if (help && !this.#isFollowed(now)) return help;
    if (this.#phase === "guide") return mute ? `${t("placeHint")}\n${t("noVoice")}` : t("placeHint");
    return mute && (this.#phase === "stand" || this.#phase === "count") ? t("noVoice") : "";
  }

  /** @param {number} now @returns {import("./cue.js").Headline} */
  #headline(now) {
    const { cue } = this.#parts;
    const blocked = cue.now(now);
    const own = (/** @type {string} */ text, kind = "none") => ({ text, kind });
    // A count is heard, and seen as the number. A camera that fails stops nobody whom the insoles follow.
    const hidden = blocked?.kind === "count" || (blocked?.kind === "block" && this.#isFollowed(now));
    if (this.#phase === "set") return blocked && !hidden ? blocked : own("");
    if (blocked && !hidden && (blocked.kind === "lost" || blocked.kind === "block") && this.#phase !== "summary" && this.#phase !== "rest") return blocked;
    if (this.#phase === "guide") {
      const seen = now - this.#seenAt < SEEN_MS;
      return own(t(seen ? this.#placed : "placeStand"), seen && this.#placed === "placed" ? "praise" : "none");
    }
    if (this.#phase === "stand") return own(t("standStill"), "steady");
    return own("");
  }
}

/** The fault of most repetitions, in words. @param {import("./types.js").Rep[]} reps */
function commonest(reps) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { rule } of reps.flatMap((rep) => faults(rep.verdicts))) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return most ? wireText("rule_", most[0]) : null;
}
