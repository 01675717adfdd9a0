// Both feet: the pressure map, who carries how much, and how the devices are.
import { mark, put, the } from "./dom.js";
import { Soles } from "./soles.js";
import { onLanguage, t, wireText } from "./text.js";

/** @typedef {import("./types.js").Side} Side */

const SIDES = /** @type {const} */ (["left", "right"]);
// The server forgets a foot that says nothing for so long, and so does the page (ms).
const SILENT_MS = 10_000;
const RATE_MS = 3_000;
// The balance is the coach's, over ten seconds; the feet's present loads move it meanwhile (ms).
const WINDOW_MS = 10_000;
const GLIDE = 0.2;

export class FeetView {
  #soles = new Soles(the("soles", HTMLCanvasElement));
  #balance = the("balance", HTMLElement);
  /** @type {Record<Side, import("./types.js").Foot | null>} */
  #feet = { left: null, right: null };
  /** @type {Record<Side, number>} */
  #seen = { left: 0, right: 0 };
  /** @type {Record<Side, number[]>} */
  #arrivals = { left: [], right: [] };
  /** @type {Record<Side, string>} */
  #device = { left: "", right: "" };
  /** @type {[number, number, number][]} */
  #loads = [];
  /** The coach's left share of the load in per cent, and when it said so. */
  #coach = { left: /** @type {number | undefined} */ (undefined), at: -Infinity };
  #left = 50;

  constructor() {
    onLanguage(() => this.tick(performance.now()));
  }

  /** @param {import("./types.js").Feet} feet @param {number} now */
  update(feet, now) {
    for (const side of SIDES) {
      const foot = feet[side];
      if (foot && foot.ts === this.#feet[side]?.ts) continue;
      this.#feet[side] = foot;
      this.#soles.update(side, foot, now);
      if (!foot) continue;
      this.#seen[side] = now - foot.ageMs;
      this.#arrivals[side].push(now);
    }
    const [left, right] = [this.#feet.left?.load, this.#feet.right?.load];
    if (left !== undefined && right !== undefined) this.#loads.push([now, left, right]);
  }

  /** @param {import("./types.js").Data} data @param {number} now */
  data(data, now) { this.#coach = { left: data.leftLoad, at: now }; }

  /** @param {Side} side @param {string} state */
  device(side, state) { this.#device[side] = state; }

  /** Draws the picture of `now`. @param {number} now @param {import("./theme.js").Look} look */
  draw(now, look) { this.#soles.draw(now, look); }

  refresh() { this.#soles.refresh(); }

  /** Whether a foot sends now. */
  get sends() { return SIDES.some((side) => this.#feet[side] !== null); }

  /** Time goes on: some times a second. @param {number} now */
  tick(now) {
    for (const side of SIDES) this.#deviceNow(side, now);
    this.#balanceNow(now);
    // Who has no insoles has no empty soles either; who lost them sees that.
    if (this.sends) document.body.dataset.feet = "some";
  }

  /** @param {Side} side @param {number} now */
  #deviceNow(side, now) {
    const age = now - this.#seen[side];
    if (this.#feet[side] && age > SILENT_MS) {
      this.#feet[side] = null;
      this.#soles.update(side, null, now);
    }
    const arrivals = (this.#arrivals[side] = this.#arrivals[side].filter((at) => now - at < RATE_MS));
    const item = the(`device-${side}`, HTMLElement);
    const live = this.#feet[side] !== null;
    const fault = ["sensor_dead", "unloaded", "saturated"].includes(this.#device[side]) ? this.#device[side] : "live";
    mark(item, "data-state", live ? fault : "silent");
    const rate = `${(arrivals.length / (RATE_MS / 1000)).toFixed(arrivals.length > 30 ? 0 : 1)}${t("perSecond")}`;
    const words = age > 2_000 ? `${Math.round(age / 1000)}${t("secondsAgo")}` : rate;
    put(/** @type {Element} */ (item.lastElementChild), !live ? t("noData") : fault === "live" ? words : `${wireText("", fault)} · ${words}`);
  }

  /** @param {number} now */
  #balanceNow(now) {
    this.#loads = this.#loads.filter(([at]) => now - at < WINDOW_MS);
    const left = now - this.#coach.at < 3_500 ? this.#present() : undefined;
    mark(this.#balance, "data-known", String(left !== undefined));
    if (left === undefined) {
      this.#soles.share(1, 1);
      mark(this.#balance, "aria-valuenow", "50");
      mark(this.#balance, "aria-valuetext", t("balanceUnknown"));
      put(the("balance-left", HTMLElement), "–");
      put(the("balance-right", HTMLElement), "–");
      return put(the("balance-note", HTMLElement), t("balanceUnknown"));
    }
    this.#left += (left - this.#left) * GLIDE;
    const shown = Math.round(this.#left);
    this.#soles.share(this.#left / 50, 2 - this.#left / 50);
    this.#balance.style.setProperty("--left", Math.min(75, Math.max(25, this.#left)).toFixed(1));
    mark(this.#balance, "data-even", String(Math.abs(this.#left - 50) <= 7.5));
    mark(this.#balance, "aria-valuenow", String(shown));
    mark(this.#balance, "aria-valuetext", `${t("left")} ${shown} %, ${t("right")} ${100 - shown} %`);
    put(the("balance-left", HTMLElement), `${shown} %`);
    put(the("balance-right", HTMLElement), `${100 - shown} %`);
    put(the("balance-note", HTMLElement), "");
  }

  /**
   * The left foot's share now. The coach knows the feet's true shares from the standing calibration, but tells the mean
   * of ten seconds; the stream tells each moment, but uncalibrated. Their ratio over the same ten seconds carries the
   * calibration over to the moment.
   */
  #present() {
    const coach = this.#coach.left;
    if (coach === undefined || coach <= 0 || coach >= 100 || !this.#loads.length) return coach;
    let [left, right] = [0, 0];
    for (const [, one, two] of this.#loads) { left += one; right += two; }
    if (left <= 0 || right <= 0) return coach;
    const part = (coach / (100 - coach)) / (left / right);
    const recent = this.#loads.slice(-5);
    const [l, r] = recent.reduce(([a, b], [, one, two]) => [a + one * part, b + two], [0, 0]);
    return l + r > 0 ? (100 * l) / (l + r) : coach;
  }
}
