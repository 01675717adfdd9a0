// Both soles: a smooth pressure map over six sensors each, the centre of pressure and where it went.
import { Surface } from "./canvas.js";
import { isCalm } from "./dom.js";
import { PROPORTION, SENSORS, centre, heat, outline, spread } from "./sole-shape.js";

/** @typedef {import("./types.js").Side} Side */

const TRAIL_MS = 4000;
const TRAIL_STEP_MS = 40;
const GRID = /** @type {const} */ ([36, 92]);
// A sensor that carries this share of its foot (per cent) is shown hottest, while both feet carry the same.
const HOTTEST = 46;
// Time in which the picture follows a new value by two thirds (ms): hides the steps of 10 samples a second.
const GLIDE_MS = 60;

const WEIGHTS = spread(...GRID);
const HEAT = heat();

/** One foot on the canvas. */
class Sole {
  /** @type {number[] | null} */
  target = null;
  shown = new Float32Array(6);
  /** This foot's load over the mean of both. */
  load = 1;
  /** @type {[number, number, number][]} */
  trail = [];
  #picture = new OffscreenCanvas(...GRID);
  #pixels = new ImageData(...GRID);
  /** @type {Path2D | null} */
  #shape = null;
  #box = [0, 0, 0, 0];

  /** @param {Side} side */
  constructor(side) { this.mirrored = side === "left"; }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  place(x, y, width, height) {
    this.#box = [x, y, width, height];
    this.#shape = outline((u, v) => this.at(u, v));
  }

  /** From the unit box of a right sole to the canvas. @param {number} u @param {number} v @returns {[number, number]} */
  at(u, v) {
    const [x, y, width, height] = this.#box;
    return [x + (this.mirrored ? 1 - u : u) * width, y + v * height];
  }

  /** @param {number} share from 0 to 1: how far to the newest value */
  glide(share) {
    if (!this.target) return;
    for (let sensor = 0; sensor < 6; sensor++) this.shown[sensor] += (this.target[sensor] * this.load - this.shown[sensor]) * share;
  }

  /** @param {CanvasRenderingContext2D} context @param {import("./theme.js").Look} look @param {number} now */
  draw(context, look, now) {
    const shape = this.#shape;
    if (!shape) return;
    context.fillStyle = look.sole;
    context.fill(shape);
    if (this.target) {
      context.save();
      context.clip(shape);
      this.#map();
      const [x, y, width, height] = this.#box;
      context.drawImage(this.#picture, x, y, width, height);
      context.restore();
    }
    context.strokeStyle = look.line;
    context.lineWidth = 2;
    context.setLineDash(this.target ? [] : [6, 7]);
    context.stroke(shape);
    context.setLineDash([]);
    this.#sensors(context, look);
    if (this.target) this.#centre(context, look, now);
  }

  #map() {
    const data = this.#pixels.data;
    const [columns, rows] = GRID;
    const shown = this.shown;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const weight = 6 * (row * columns + (this.mirrored ? columns - 1 - column : column));
        let load = 0;
        for (let sensor = 0; sensor < 6; sensor++) load += WEIGHTS[weight + sensor] * shown[sensor];
        const step = 4 * Math.min(255, Math.max(0, Math.round((load / HOTTEST) * 255)));
        const cell = 4 * (row * columns + column);
        data[cell] = HEAT[step];
        data[cell + 1] = HEAT[step + 1];
        data[cell + 2] = HEAT[step + 2];
        data[cell + 3] = HEAT[step + 3];
      }
    }
    this.#picture.getContext("2d")?.putImageData(this.#pixels, 0, 0);
  }

  /** @param {CanvasRenderingContext2D} context @param {import("./theme.js").Look} look */
  #sensors(context, look) {
    context.fillStyle = look.ink;
    context.globalAlpha = this.target ? 0.28 : 0.16;
    for (const [u, v] of SENSORS) {
      context.beginPath();
      context.arc(...this.at(u, v), 2.2, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} context @param {import("./theme.js").Look} look @param {number} now */
  #centre(context, look, now) {
    const trail = this.trail;
    while (trail.length && now - trail[0][0] > TRAIL_MS) trail.shift();
    const here = centre(this.shown);
    if (!here) return;
    context.lineCap = "butt";
    context.lineWidth = 3;
    context.strokeStyle = look.ink;
    for (let step = 1; step < trail.length; step++) {
      context.globalAlpha = 0.75 * (1 - (now - trail[step][0]) / TRAIL_MS);
      context.beginPath();
      context.moveTo(...this.at(trail[step - 1][1], trail[step - 1][2]));
      context.lineTo(...this.at(trail[step][1], trail[step][2]));
      context.stroke();
    }
    context.globalAlpha = 1;
    context.beginPath();
    context.arc(...this.at(...here), 8, 0, 2 * Math.PI);
    context.fillStyle = look.ink;
    context.fill();
    context.beginPath();
    context.arc(...this.at(...here), 4.5, 0, 2 * Math.PI);
    context.fillStyle = look.card;
    context.fill();
  }
}

/** Draws into one canvas; call `draw` once a picture. */
export class Soles {
  #surface;
  #soles = { left: new Sole("left"), right: new Sole("right") };
  #drawn = 0;
  /** Until when something moves. */
  #busy = 0;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) { this.#surface = new Surface(canvas); }

  /** Takes one foot as the insole stream tells it, or null. @param {Side} side @param {import("./types.js").Foot | null} foot @param {number} now */
  update(side, foot, now) {
    const sole = this.#soles[side];
    this.#busy = now + TRAIL_MS;
    if (!foot) {
      sole.target = null;
      sole.trail = [];
      return;
    }
    const first = !sole.target;
    sole.target = [foot.ratio1, foot.ratio2, foot.ratio3, foot.ratio4, foot.ratio5, foot.ratio6];
    if (first) sole.glide(1);
    const point = centre(sole.target);
    const last = sole.trail.at(-1);
    if (point && !(last && now - last[0] < TRAIL_STEP_MS)) sole.trail.push([now, ...point]);
  }

  /** How the load is shared, each foot's over the mean of both; 1 and 1 when it is not known. @param {number} left @param {number} right */
  share(left, right) {
    this.#soles.left.load = left;
    this.#soles.right.load = right;
  }

  /** Draws again the next time, whatever has changed. */
  refresh() { this.#surface.changed = true; }

  /** Draws the picture of `now` (ms), if it differs from the last. @param {number} now @param {import("./theme.js").Look} look */
  draw(now, look) {
    const surface = this.#surface;
    if (!surface.changed && now > this.#busy) return;
    if (surface.changed) this.#layOut();
    surface.changed = false;
    surface.clear();
    const share = isCalm() ? 1 : 1 - Math.exp(-(now - this.#drawn) / GLIDE_MS);
    this.#drawn = now;
    for (const sole of [this.#soles.left, this.#soles.right]) {
      sole.glide(share);
      sole.draw(surface.context, look, now);
    }
  }

  #layOut() {
    const { width, height } = this.#surface;
    const gap = width * 0.07;
    const long = Math.min(height - 8, ((width - gap - 8) / 2) * PROPORTION);
    const wide = long / PROPORTION;
    const top = (height - long) / 2;
    this.#soles.left.place(width / 2 - gap / 2 - wide, top, wide, long);
    this.#soles.right.place(width / 2 + gap / 2, top, wide, long);
  }
}
