// Whether the camera sees the whole person, by one analysis: what to change first, or "placed".

/** @typedef {"placeStand" | "placeBack" | "placeFeet" | "placeHead" | "placeCloser" | "placeMiddle" | "placed"} Placement */

const SURE = 0.5;
// Share of the picture's height that a person fills at least: less, and the joints lie too close together.
const SMALLEST = 0.4;
const EDGE = 0.01;
const FEET = ["left_ankle", "right_ankle", "left_heel", "right_heel", "left_foot_index", "right_foot_index"];

/** @param {import("./types.js").Analysis} analysis @returns {Placement} */
export function placement({ person, keypoints }) {
  const sure = keypoints.filter(({ confidence }) => confidence >= SURE);
  if (!person || sure.length < 6) return "placeStand";
  const [xs, ys] = [sure.map(({ x }) => x), sure.map(({ y }) => y)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const has = (/** @type {string[]} */ names) => sure.some(({ name, x, y }) => names.includes(name) && x > EDGE && x < 1 - EDGE && y > EDGE && y < 1 - EDGE);
  const [feet, head] = [has(FEET), has(["nose", "left_ear", "right_ear", "left_eye", "right_eye"])];
  if (!feet && !head) return "placeBack";
  if (!feet) return "placeFeet";
  if (!head) return "placeHead";
  if (bottom - top < SMALLEST) return "placeCloser";
  const middle = (Math.min(...xs) + Math.max(...xs)) / 2;
  return middle < 0.2 || middle > 0.8 ? "placeMiddle" : "placed";
}
