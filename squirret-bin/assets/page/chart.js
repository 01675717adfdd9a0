// The score of each repetition of the last minutes, as numbered dots on a line.
import { Surface } from "./canvas.js";

const SPAN_MS = 180_000;
const MAX_REPS = 120;
const EDGE = { left: 34, right: 14, top: 16, bottom: 12 };
// The line moves by less than a pixel between two of these.
const REDRAW_MS = 250;

/** Keeps the repetitions of the last three minutes and draws them. */
export class Chart {
  #surface;
  /** @type {[number, number, number][]} */
  #reps = [];
  #drawn = 0;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) { this.#surface = new Surface(canvas); }

  /** A repetition's number and score. @param {number} now @param {number} number @param {number} score */
  rep(now, number, score) {
    this.#reps.push([now, number, score]);
    if (this.#reps.length > MAX_REPS) this.#reps.shift();
  }

  refresh() { this.#surface.changed = true; }

  /** @param {number} now @param {import("./theme.js").Look} look */
  draw(now, look) {
    const surface = this.#surface;
    if (!surface.changed && now - this.#drawn < REDRAW_MS) return;
    surface.changed = false;
    this.#drawn = now;
    while (this.#reps.length && now - this.#reps[0][0] > SPAN_MS) this.#reps.shift();
    surface.clear();
    this.#grid(look);
    this.#line(now, look);
    this.#dots(now, look);
  }

  /** @param {number} at @param {number} score @param {number} now @returns {[number, number]} */
  #place(at, score, now) {
    const { width, height } = this.#surface;
    const across = width - EDGE.left - EDGE.right, down = height - EDGE.top - EDGE.bottom;
    return [width - EDGE.right - ((now - at) / SPAN_MS) * across, EDGE.top + (1 - score / 100) * down];
  }

  /** @param {import("./theme.js").Look} look */
  #grid(look) {
    const { context, width } = this.#surface;
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.lineWidth = 1;
    for (const level of [0, 50, 100]) {
      const [, y] = this.#place(0, level, 0);
      context.strokeStyle = look.line;
      context.beginPath();
      context.moveTo(EDGE.left, y);
      context.lineTo(width - EDGE.right, y);
      context.stroke();
      context.fillStyle = look.soft;
      context.fillText(String(level), EDGE.left - 8, y);
    }
  }

  /** @param {number} now @param {import("./theme.js").Look} look */
  #line(now, look) {
    const { context } = this.#surface;
    context.strokeStyle = look.accent;
    context.lineWidth = 2.5;
    context.lineJoin = context.lineCap = "round";
    context.beginPath();
    for (const [at, , score] of this.#reps) context.lineTo(...this.#place(at, score, now));
    context.stroke();
  }

  /** @param {number} now @param {import("./theme.js").Look} look */
  #dots(now, look) {
    const { context } = this.#surface;
    context.font = "600 11px system-ui, sans-serif";
    context.textAlign = "center";
    for (const [at, number, score] of this.#reps) {
      const [x, y] = this.#place(at, score, now);
      if (x < EDGE.left) continue;
      context.beginPath();
      context.arc(x, y, 9, 0, 2 * Math.PI);
      context.fillStyle = score >= 80 ? look.good : score >= 50 ? look.warn : look.bad;
      context.fill();
      context.fillStyle = look.card;
      context.fillText(String(number), x, y + 0.5);
    }
  }
}
