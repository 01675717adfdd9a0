// A right sole in the unit box: x from the medial (0) to the lateral side (1), y from the toes (0) to the heel (1).

/** A foot is about so many times as long as it is wide. */
export const PROPORTION = 2.6;

// Sensors 1 to 6, as the library's layout places them: [across from the medial side, along from the toes].
export const SENSORS = /** @type {const} */ ([[0.67, 0.86], [0.70, 0.61], [0.77, 0.43], [0.77, 0.24], [0.31, 0.85], [0.28, 0.21]]);

// The edge, clockwise from the tip of the toes; a smooth curve goes through all.
const EDGE = [
  [0.36, 0.0], [0.56, 0.022], [0.76, 0.085], [0.92, 0.18], [0.99, 0.30], [0.97, 0.42], [0.91, 0.55], [0.875, 0.68], [0.87, 0.80],
  [0.83, 0.91], [0.70, 0.982], [0.53, 1.0], [0.36, 0.985], [0.225, 0.92], [0.18, 0.81], [0.235, 0.67], [0.275, 0.55], [0.22, 0.43],
  [0.09, 0.33], [0.015, 0.235], [0.03, 0.125], [0.13, 0.035], [0.25, 0.005],
];

/** The outline as Bézier curves (a closed Catmull–Rom spline), placed by `at`. @param {(u: number, v: number) => [number, number]} at */
export function outline(at) {
  const path = new Path2D();
  const point = (/** @type {number} */ index) => EDGE[(index + EDGE.length) % EDGE.length];
  path.moveTo(...at(EDGE[0][0], EDGE[0][1]));
  for (let index = 0; index < EDGE.length; index++) {
    const [before, from, to, after] = [point(index - 1), point(index), point(index + 1), point(index + 2)];
    path.bezierCurveTo(
      ...at(from[0] + (to[0] - before[0]) / 6, from[1] + (to[1] - before[1]) / 6),
      ...at(to[0] - (after[0] - from[0]) / 6, to[1] - (after[1] - from[1]) / 6),
      ...at(to[0], to[1]),
    );
  }
  path.closePath();
  return path;
}

// How far a sensor's pressure is felt, in widths of the sole.
const REACH = 0.30;

/** For each cell of a grid how much each sensor speaks for it; far from all of them it fades out. @param {number} columns @param {number} rows */
export function spread(columns, rows) {
  const weights = new Float32Array(columns * rows * SENSORS.length);
  for (let cell = 0; cell < columns * rows; cell++) {
    const u = ((cell % columns) + 0.5) / columns, v = (Math.floor(cell / columns) + 0.5) / rows;
    const near = SENSORS.map(([x, y]) => Math.exp(-((u - x) ** 2 + (((v - y) * PROPORTION) / 1.25) ** 2) / (2 * REACH ** 2)));
    const sum = near.reduce((total, value) => total + value, 1e-9);
    const strength = Math.min(1, 1.25 * Math.max(...near)) ** 0.8;
    near.forEach((value, sensor) => { weights[cell * SENSORS.length + sensor] = (value / sum) * strength; });
  }
  return weights;
}

// Cool to hot: [share of the scale, red, green, blue, alpha].
const STOPS = [
  [0, 30, 96, 210, 0], [0.12, 34, 118, 232, 0.42], [0.3, 18, 178, 224, 0.78], [0.48, 34, 205, 132, 0.9], [0.64, 222, 214, 40, 0.95],
  [0.8, 250, 140, 28, 0.97], [1, 228, 42, 48, 1],
];

/** The colours of the scale: 256 × RGBA. */
export function heat() {
  const table = new Uint8ClampedArray(256 * 4);
  for (let step = 0; step < 256; step++) {
    const share = step / 255;
    const above = Math.max(1, STOPS.findIndex(([at]) => at >= share));
    const [low, high] = [STOPS[above - 1], STOPS[above]];
    const mix = (share - low[0]) / (high[0] - low[0]);
    for (let channel = 0; channel < 4; channel++) {
      const value = low[channel + 1] + (high[channel + 1] - low[channel + 1]) * mix;
      table[step * 4 + channel] = channel === 3 ? value * 255 : value;
    }
  }
  return table;
}

/** Centre of pressure of six ratios in the unit box; null without load. @param {ArrayLike<number>} ratios @returns {[number, number] | null} */
export function centre(ratios) {
  let sum = 0, x = 0, y = 0;
  SENSORS.forEach(([across, along], sensor) => {
    sum += ratios[sensor];
    x += ratios[sensor] * across;
    y += ratios[sensor] * along;
  });
  return sum > 0 ? [x / sum, y / sum] : null;
}
