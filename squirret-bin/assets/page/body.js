// The body as the wire names it: bones, the part that each joint belongs to, and where a fault shows.

/** @typedef {"lumbar" | "knee" | "ankle"} Part */

/** [from, to, thickness in trunk lengths, part]. */
export const BONES = /** @type {const} */ ([
  ["left_shoulder", "left_elbow", 0.15, null], ["left_elbow", "left_wrist", 0.12, null],
  ["right_shoulder", "right_elbow", 0.15, null], ["right_elbow", "right_wrist", 0.12, null],
  ["left_hip", "left_knee", 0.24, "knee"], ["left_knee", "left_ankle", 0.18, "knee"],
  ["right_hip", "right_knee", 0.24, "knee"], ["right_knee", "right_ankle", 0.18, "knee"],
  ["left_heel", "left_foot_index", 0.11, "ankle"], ["left_ankle", "left_heel", 0.1, "ankle"], ["left_ankle", "left_foot_index", 0.1, "ankle"],
  ["right_heel", "right_foot_index", 0.11, "ankle"], ["right_ankle", "right_heel", 0.1, "ankle"], ["right_ankle", "right_foot_index", 0.1, "ankle"],
]);

/** The trunk's corners, in order around it. */
export const TRUNK = /** @type {const} */ (["left_shoulder", "right_shoulder", "right_hip", "left_hip"]);

/** Joints that are drawn as dots. */
export const JOINTS = /** @type {const} */ ([
  "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
  "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
]);

/** Angles and the joint that they stand at. */
export const ANGLES = /** @type {const} */ ([
  ["leftKnee", "left_knee"], ["rightKnee", "right_knee"], ["leftHip", "left_hip"], ["rightHip", "right_hip"],
]);

/** Where a rule's fault shows: the middle of these joints. @type {Record<string, readonly string[]>} */
export const PLACES = {
  depth: ["left_hip", "right_hip"],
  knee_separation: ["left_knee", "right_knee"],
  knee_projection_angle: ["left_knee", "right_knee"],
  trunk_lean: ["left_shoulder", "right_shoulder"],
  trunk_sideways: ["left_shoulder", "right_shoulder"],
  back_rounding: ["left_shoulder", "right_shoulder", "left_hip", "right_hip"],
  hip_shift: ["left_hip", "right_hip"],
  side_difference: ["left_hip", "right_hip"],
  heel_lift: ["left_heel", "right_heel"],
  descent_tempo: ["nose"],
  front_share: ["left_foot_index", "right_foot_index"],
  cop_forward: ["left_foot_index", "right_foot_index"],
  heel_share: ["left_heel", "right_heel"],
  rear_share: ["left_heel", "right_heel"],
  inner_share: ["left_ankle", "right_ankle"],
  outer_share: ["left_ankle", "right_ankle"],
  inner_outer_diff: ["left_ankle", "right_ankle"],
  left_right_diff: ["left_ankle", "right_ankle"],
};

/** @type {Record<string, string>} */
const UNITS = { percent: " %", degrees: "°", seconds: " s", ratio: "" };

/** What was measured, and on which side of its limit: `0.72 < 0.80`. @param {import("./types.js").Verdict} verdict */
export function evidence({ value, threshold, unit }) {
  if (value === undefined || threshold === undefined) return "";
  const figure = (/** @type {number} */ number) => number.toFixed(unit === "ratio" || unit === "seconds" ? 2 : 0) + (UNITS[unit] ?? "");
  return `${figure(value)} ${value > threshold ? ">" : "<"} ${figure(threshold)}`;
}

/** Faults that count, the surest first. @param {import("./types.js").Verdict[]} verdicts */
export const faults = (verdicts) =>
  verdicts.filter(({ assessment, overruled }) => assessment === "bad" && !overruled).sort((a, b) => b.confidence - a.confidence);
