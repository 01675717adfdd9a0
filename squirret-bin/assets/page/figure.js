// The body over the camera's picture, or alone when the camera is elsewhere: bones, joint angles, faults where they are.
import { ANGLES, BONES, JOINTS, PLACES, TRUNK, evidence, faults } from "./body.js";
import { Surface } from "./canvas.js";
import { isCalm } from "./dom.js";
import { wireText } from "./text.js";

/** @typedef {import("./types.js").Analysis} Analysis */
/** @typedef {import("./theme.js").Look} Look */

// A pose that is older is not shown any more (ms).
const STALE_MS = 1500;
const SURE = 0.4;
const MAX_FAULTS = 3;
const GLIDE_MS = 45;
// Drawn on pictures of any brightness, so the same in both themes.
const OVER_PICTURE = { good: "#4ff0b0", bad: "#ff6a5c", plain: "#e8f1fa", edge: "rgba(4, 12, 20, .65)" };

/** Draws the newest analysis into one canvas. */
export class Figure {
  #surface; #video;
  /** @type {Analysis | null} */
  #analysis = null;
  #at = -Infinity;
  #drawn = 0;
  #clean = true;
  /** Joints in the unit box as they are shown. @type {Map<string, { x: number, y: number }>} */
  #joints = new Map();
  /** Whether left and right are swapped, as in a mirror. */
  mirrored = false;

  /** @param {HTMLCanvasElement} canvas @param {HTMLVideoElement} video */
  constructor(canvas, video) {
    this.#surface = new Surface(canvas);
    this.#video = video;
  }

  /** @param {Analysis} analysis @param {number} now */
  show(analysis, now) {
    this.#analysis = analysis;
    this.#at = now;
  }

  forget() {
    this.#analysis = null;
    this.#joints.clear();
  }

  refresh() { this.#surface.changed = true; }

  /** Whether there is somebody to be seen. @param {number} now */
  isFresh(now) { return this.#analysis !== null && this.#analysis.person && now - this.#at < STALE_MS; }

  /** @param {number} now @param {Look} look */
  draw(now, look) {
    const surface = this.#surface;
    const fresh = this.isFresh(now);
    if (!fresh && this.#clean && !surface.changed) return;
    surface.changed = false;
    surface.clear();
    this.#clean = !fresh;
    if (!fresh || !this.#analysis) return this.#joints.clear();
    this.#glide(this.#analysis, now);
    const filmed = this.#video.videoWidth > 0;
    const frame = this.#frame(this.#analysis, filmed);
    const place = (/** @type {string} */ name) => {
      const joint = this.#joints.get(name);
      return joint && /** @type {[number, number]} */ ([frame.x + (this.mirrored ? 1 - joint.x : joint.x) * frame.width, frame.y + joint.y * frame.height]);
    };
    const ink = filmed ? OVER_PICTURE : { good: look.good, bad: look.bad, plain: look.soft, edge: look.card };
    this.#bones(this.#analysis, place, ink, filmed);
    // From three metres nobody reads degrees: a workout shows the body alone.
    if (document.body.dataset.view !== "workout") this.#angles(this.#analysis, place, ink);
    this.#faults(this.#analysis, place);
  }

  /** The joints follow the newest pose quickly, so that 10 frames a second look like a movement. @param {Analysis} analysis @param {number} now */
  #glide(analysis, now) {
    const share = isCalm() ? 1 : 1 - Math.exp(-(now - this.#drawn) / GLIDE_MS);
    this.#drawn = now;
    const seen = new Set();
    for (const { name, x, y, confidence } of analysis.keypoints) {
      if (confidence < SURE) continue;
      seen.add(name);
      const joint = this.#joints.get(name);
      if (joint) {
        joint.x += (x - joint.x) * share;
        joint.y += (y - joint.y) * share;
      } else {
        this.#joints.set(name, { x, y });
      }
    }
    for (const name of this.#joints.keys()) if (!seen.has(name)) this.#joints.delete(name);
  }

  /** Where the camera's whole picture lies on the canvas. @param {Analysis} analysis @param {boolean} filmed */
  #frame(analysis, filmed) {
    const { width, height } = this.#surface;
    const aspect = filmed ? this.#video.videoWidth / this.#video.videoHeight : (analysis.aspect ?? 0.75);
    const wide = Math.min(width, height * aspect);
    return { x: (width - wide) / 2, y: (height - wide / aspect) / 2, width: wide, height: wide / aspect };
  }

  /**
   * @param {Analysis} analysis @param {(name: string) => [number, number] | undefined} place
   * @param {Record<"good" | "bad" | "plain" | "edge", string>} ink @param {boolean} filmed
   */
  #bones(analysis, place, ink, filmed) {
    const { context } = this.#surface;
    const unit = trunk(place) || this.#surface.height * 0.2;
    const colour = (/** @type {"lumbar" | "knee" | "ankle" | null} */ part) => {
      const mark = part ? analysis[part] : "null";
      return mark === "null" ? ink.plain : ink[mark];
    };
    context.lineCap = context.lineJoin = "round";
    const corners = TRUNK.map(place);
    if (corners.every((corner) => corner !== undefined)) {
      context.beginPath();
      corners.forEach((corner, index) => (index ? context.lineTo(...corner) : context.moveTo(...corner)));
      context.closePath();
      this.#stroke(colour("lumbar"), filmed ? Math.max(3, unit * 0.05) : unit * 0.22, ink.edge, filmed);
      if (!filmed) { context.fillStyle = colour("lumbar"); context.fill(); }
    }
    for (const [from, to, thickness, part] of BONES) {
      const [a, b] = [place(from), place(to)];
      if (!a || !b) continue;
      context.beginPath();
      context.moveTo(...a);
      context.lineTo(...b);
      this.#stroke(colour(part), filmed ? Math.max(3, unit * 0.05) : unit * thickness, ink.edge, filmed);
    }
    if (filmed) this.#dots(place, unit, ink);
    else this.#head(place, unit, ink);
  }

  /** @param {string} colour @param {number} width @param {string} edge @param {boolean} outlined */
  #stroke(colour, width, edge, outlined) {
    const { context } = this.#surface;
    if (outlined) {
      context.strokeStyle = edge;
      context.lineWidth = width + 3;
      context.stroke();
    }
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }

  /** @param {(name: string) => [number, number] | undefined} place @param {number} unit @param {Record<"plain" | "edge", string>} ink */
  #dots(place, unit, ink) {
    const { context } = this.#surface;
    for (const name of JOINTS) {
      const at = place(name);
      if (!at) continue;
      context.beginPath();
      context.arc(...at, Math.max(3.5, unit * 0.045), 0, 2 * Math.PI);
      context.fillStyle = ink.plain;
      context.fill();
      context.lineWidth = 1.5;
      context.strokeStyle = ink.edge;
      context.stroke();
    }
  }

  /** @param {(name: string) => [number, number] | undefined} place @param {number} unit @param {Record<"plain", string>} ink */
  #head(place, unit, ink) {
    const nose = place("nose"), left = place("left_ear") ?? nose, right = place("right_ear") ?? nose;
    if (!left || !right || !nose) return;
    const { context } = this.#surface;
    context.beginPath();
    context.arc((left[0] + right[0] + nose[0]) / 3, (left[1] + right[1] + nose[1]) / 3, unit * 0.24, 0, 2 * Math.PI);
    context.fillStyle = ink.plain;
    context.fill();
  }

  /** @param {Analysis} analysis @param {(name: string) => [number, number] | undefined} place @param {Record<"plain" | "edge", string>} ink */
  #angles(analysis, place, ink) {
    const { context, height } = this.#surface;
    const hips = place("left_hip");
    if (!hips) return;
    context.font = `600 ${Math.max(12, Math.min(16, height / 34))}px system-ui, sans-serif`;
    context.textBaseline = "middle";
    /** @type {[number, number][]} */
    const taken = [];
    for (const [angle, joint] of ANGLES) {
      const [degrees, at] = [analysis.angles[angle], place(joint)];
      const twin = place(joint.startsWith("left") ? joint.replace("left", "right") : joint.replace("right", "left"));
      if (degrees === undefined || !at) continue;
      // Each on its outer side; from the side, where the legs cover each other, one is enough.
      const outer = twin ? Math.sign(at[0] - twin[0]) : 1;
      if (twin && Math.abs(at[0] - twin[0]) < 24 && joint.startsWith("right")) continue;
      context.textAlign = outer < 0 ? "right" : "left";
      const x = at[0] + (outer < 0 ? -18 : 18);
      // At the bottom hips and knees come close: the knees' go before.
      if (taken.some(([left, top]) => Math.abs(left - x) < 44 && Math.abs(top - at[1]) < 18)) continue;
      taken.push([x, at[1]]);
      context.lineWidth = 4;
      context.lineJoin = "round";
      context.strokeStyle = ink.edge;
      context.strokeText(`${Math.round(degrees)}°`, x, at[1]);
      context.fillStyle = ink.plain;
      context.fillText(`${Math.round(degrees)}°`, x, at[1]);
    }
  }

  /** @param {Analysis} analysis @param {(name: string) => [number, number] | undefined} place */
  #faults(analysis, place) {
    const { context, width, height } = this.#surface;
    const taken = /** @type {number[]} */ ([]);
    for (const verdict of faults(analysis.verdicts).slice(0, MAX_FAULTS)) {
      const joints = (PLACES[verdict.rule] ?? []).map(place).filter((at) => at !== undefined);
      if (!joints.length) continue;
      for (const at of joints) ring(context, at, Math.max(14, height / 32));
      const x = joints.reduce((sum, at) => sum + at[0], 0) / joints.length;
      let y = joints.reduce((sum, at) => sum + at[1], 0) / joints.length - Math.max(30, height / 16);
      while (taken.some((other) => Math.abs(other - y) < 30)) y -= 30;
      taken.push(y);
      label(context, wireText("rule_", verdict.rule), evidence(verdict), x, Math.max(18, y), width);
    }
  }
}

/** Length of the trunk on the canvas. @param {(name: string) => [number, number] | undefined} place */
function trunk(place) {
  const [shoulder, hip] = [place("left_shoulder"), place("left_hip")];
  return shoulder && hip ? Math.hypot(shoulder[0] - hip[0], shoulder[1] - hip[1]) : 0;
}

/** @param {CanvasRenderingContext2D} context @param {[number, number]} at @param {number} radius */
function ring(context, at, radius) {
  context.beginPath();
  context.arc(...at, radius, 0, 2 * Math.PI);
  context.strokeStyle = "#d32f20";
  context.lineWidth = 3;
  context.stroke();
}

/** A red plate with the fault's name and its evidence. @param {CanvasRenderingContext2D} context @param {string} name @param {string} figures @param {number} x @param {number} y @param {number} width */
function label(context, name, figures, x, y, width) {
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.font = "700 14px system-ui, sans-serif";
  const first = context.measureText(name).width;
  context.font = "500 12px system-ui, sans-serif";
  const second = figures ? context.measureText(figures).width + 8 : 0;
  const whole = first + second + 20;
  const left = Math.min(Math.max(4, x - whole / 2), width - whole - 4);
  context.beginPath();
  context.roundRect(left, y - 13, whole, 26, 13);
  context.fillStyle = "#b3261e";
  context.fill();
  context.fillStyle = "#ffffff";
  context.font = "700 14px system-ui, sans-serif";
  context.fillText(name, left + 10, y + 0.5);
  context.font = "500 12px system-ui, sans-serif";
  if (figures) context.fillText(figures, left + 18 + first, y + 0.5);
}
