// Both soles with a smooth pressure map over six sensors each, and the centre of pressure with its trail.

// Sensor places on a right sole, 0 to 1: x from the medial to the lateral side, y from the toes to the heel.
const SENSORS = [
  [0.68, 0.88], [0.74, 0.62], [0.76, 0.46], [0.74, 0.28], [0.34, 0.88], [0.27, 0.22],
];
// How far a sensor's pressure spreads, in units of the sole's width.
const SPREAD = 0.34;
const TRAIL_SECONDS = 4;
const GRID = [28, 64];

/** The outline of a right sole in the unit box, medial side at x = 0. */
function outline(path, x, y, width, height, mirrored) {
  const at = (u, v) => [x + (mirrored ? 1 - u : u) * width, y + v * height];
  path.moveTo(...at(0.30, 0.02));
  path.bezierCurveTo(...at(0.62, -0.03), ...at(0.98, 0.12), ...at(0.96, 0.34));
  path.bezierCurveTo(...at(0.95, 0.52), ...at(0.86, 0.62), ...at(0.88, 0.80));
  path.bezierCurveTo(...at(0.90, 0.96), ...at(0.70, 1.00), ...at(0.54, 1.00));
  path.bezierCurveTo(...at(0.32, 1.00), ...at(0.18, 0.94), ...at(0.22, 0.78));
  path.bezierCurveTo(...at(0.28, 0.58), ...at(0.34, 0.52), ...at(0.20, 0.40));
  path.bezierCurveTo(...at(0.02, 0.26), ...at(0.06, 0.05), ...at(0.30, 0.02));
  path.closePath();
}

/** Per cent of the sum to a colour between blue and red; the alpha grows with it. */
function colour(load) {
  const heat = Math.min(1, load / 40);
  return [Math.round(40 + 215 * heat), Math.round(120 + 90 * (1 - Math.abs(2 * heat - 1)) - 80 * heat), Math.round(230 * (1 - heat)), Math.round(255 * Math.min(0.95, heat * 1.6))];
}

const ratios = (foot) => [1, 2, 3, 4, 5, 6].map((sensor) => foot[`ratio${sensor}`]);

/** Centre of pressure in the unit box of a right sole, or null without load. */
function centre(values) {
  const sum = values.reduce((total, value) => total + value, 0);
  if (sum <= 0) return null;
  return [0, 1].map((axis) => values.reduce((total, value, sensor) => total + value * SENSORS[sensor][axis], 0) / sum);
}

/** Draws into one canvas; call `draw` once a frame. */
export class Soles {
  #context; #feet = { left: null, right: null }; #trail = { left: [], right: [] }; #shown = { left: null, right: null };
  #heat = new OffscreenCanvas(...GRID); #pixels = new ImageData(...GRID);
  #weights = this.#spread();

  constructor(canvas) {
    this.#context = canvas.getContext("2d");
  }

  /** Takes one foot as the insole stream tells it, or null. */
  update(side, foot, now) {
    this.#feet[side] = foot && ratios(foot);
    const point = foot && centre(this.#feet[side]);
    if (point) this.#trail[side].push([now, ...point]);
    if (!foot) this.#trail[side] = [];
  }

  /** Draws the picture of `now` (ms); values glide to the newest ones. */
  draw(now, style) {
    const context = this.#context;
    const { width, height } = context.canvas;
    context.clearRect(0, 0, width, height);
    for (const [index, side] of ["left", "right"].entries()) {
      const box = [width * (index ? 0.55 : 0.07), height * 0.03, width * 0.38, height * 0.94];
      this.#foot(side, box, now, style);
    }
  }

  #foot(side, [x, y, width, height], now, style) {
    const context = this.#context;
    const mirrored = side === "left";
    const shape = new Path2D();
    outline(shape, x, y, width, height, mirrored);
    context.fillStyle = style.sole;
    context.fill(shape);
    const target = this.#feet[side];
    if (target) {
      const shown = (this.#shown[side] ??= [...target]);
      target.forEach((value, sensor) => { shown[sensor] += (value - shown[sensor]) * 0.25; });
      context.save();
      context.clip(shape);
      this.#map(shown, mirrored);
      context.imageSmoothingEnabled = true;
      context.drawImage(this.#heat, x, y, width, height);
      context.restore();
      this.#centre(side, [x, y, width, height], mirrored, now, style);
    } else {
      this.#shown[side] = null;
    }
    context.strokeStyle = style.line;
    context.lineWidth = 2;
    context.setLineDash(target ? [] : [7, 7]);
    context.stroke(shape);
    context.setLineDash([]);
  }

  /** Fills the small heat picture with a normalised Gaussian mix of the sensors. */
  #map(values, mirrored) {
    const data = this.#pixels.data;
    const [columns, rows] = GRID;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const weights = this.#weights[row * columns + (mirrored ? columns - 1 - column : column)];
        let load = 0;
        for (let sensor = 0; sensor < 6; sensor++) load += weights[sensor] * values[sensor];
        data.set(colour(load), 4 * (row * columns + column));
      }
    }
    this.#heat.getContext("2d").putImageData(this.#pixels, 0, 0);
  }

  /** How much each sensor speaks for each cell; near none it fades out. */
  #spread() {
    const [columns, rows] = GRID;
    return Array.from({ length: columns * rows }, (_, cell) => {
      const u = ((cell % columns) + 0.5) / columns, v = (Math.floor(cell / columns) + 0.5) / rows;
      const near = SENSORS.map(([sx, sy]) => Math.exp(-(((u - sx) ** 2) + ((v - sy) * 2.4) ** 2) / (2 * SPREAD ** 2 * 0.45)));
      const sum = near.reduce((total, value) => total + value, 0);
      const strength = Math.min(1, Math.max(...near) * 1.15);
      return near.map((value) => (value / sum) * strength);
    });
  }

  #centre(side, [x, y, width, height], mirrored, now, style) {
    const trail = (this.#trail[side] = this.#trail[side].filter(([at]) => now - at < TRAIL_SECONDS * 1000));
    if (!trail.length) return;
    const context = this.#context;
    const place = ([, u, v]) => [x + (mirrored ? 1 - u : u) * width, y + v * height];
    context.strokeStyle = style.ink;
    context.lineWidth = 3;
    for (let step = 1; step < trail.length; step++) {
      context.globalAlpha = 0.7 * (1 - (now - trail[step][0]) / (TRAIL_SECONDS * 1000));
      context.beginPath();
      context.moveTo(...place(trail[step - 1]));
      context.lineTo(...place(trail[step]));
      context.stroke();
    }
    context.globalAlpha = 1;
    context.beginPath();
    context.arc(...place(trail.at(-1)), 9, 0, 2 * Math.PI);
    context.fillStyle = style.card;
    context.fill();
    context.stroke();
  }
}
