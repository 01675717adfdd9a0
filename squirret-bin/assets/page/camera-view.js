// The camera's card: starts and stops it, sends its pictures, shows the body, says what is going on.
import { Capture, CaptureError } from "./capture.js";
import { put, the } from "./dom.js";
import { Figure } from "./figure.js";
import { Inference } from "./inference.js";
import { onLanguage, t } from "./text.js";

/** @typedef {import("./types.js").Analysis} Analysis */
/** @typedef {import("./text.js").Key} Key */

const RATE_MS = 2_000;

export class CameraView {
  #video = the("video", HTMLVideoElement);
  #capture = new Capture(this.#video);
  #figure = new Figure(the("figure", HTMLCanvasElement), this.#video);
  /** @type {Inference | null} */
  #inference = null;
  #session; #judged;
  /** @type {"user" | "environment"} */
  #facing = "user";
  /** What stands in the way, as a text key. @type {Key | null} */
  #trouble = null;
  /** @type {Analysis | null} */
  #last = null;
  /** @type {number[]} */
  #times = [];
  #run = 0;

  /**
   * @param {import("./session.js").Session} session
   * @param {(analysis: Analysis, now: number) => void} judged
   */
  constructor(session, judged) {
    this.#session = session;
    this.#judged = judged;
    the("camera-start", HTMLButtonElement).onclick = () => this.#start(() => this.#capture.camera(this.#facing));
    the("camera-flip", HTMLButtonElement).onclick = () => {
      this.#facing = this.#facing === "user" ? "environment" : "user";
      this.#start(() => this.#capture.camera(this.#facing));
    };
    the("camera-stop", HTMLButtonElement).onclick = () => this.stop();
    const file = the("video-file", HTMLInputElement);
    file.onchange = () => {
      const chosen = file.files?.[0];
      if (chosen) this.#start(() => this.#capture.file(chosen));
      file.value = "";
    };
    session.addEventListener("replaced", () => { if (this.#inference) this.#connect(); });
    addEventListener("pagehide", () => this.stop());
    onLanguage(() => { this.#figure.refresh(); this.tick(performance.now()); });
  }

  /** What the camera of another device shows; the own one goes before. @param {Analysis} analysis @param {number} now */
  elsewhere(analysis, now) {
    if (!this.#inference) this.#take(analysis, now);
  }

  /** @param {number} now @param {import("./theme.js").Look} look */
  draw(now, look) { this.#figure.draw(now, look); }

  refresh() { this.#figure.refresh(); }

  /** Time goes on: some times a second. @param {number} now */
  tick(now) {
    this.#times = this.#times.filter((at) => now - at < RATE_MS);
    const last = this.#times.length ? this.#last : null;
    const runs = this.#inference !== null;
    document.body.dataset.camera = runs ? "own" : last?.person ? "elsewhere" : "none";
    the("camera-invite", HTMLElement).hidden = runs || last !== null;
    the("camera-start", HTMLElement).hidden = runs;
    the("camera-stop", HTMLElement).hidden = !runs;
    the("camera-flip", HTMLElement).hidden = !runs;
    put(the("camera-state", HTMLElement), this.#words(last, runs));
  }

  /** @param {Analysis | null} last @param {boolean} runs */
  #words(last, runs) {
    if (this.#trouble) return t(this.#trouble);
    if (!last) return " ";
    const rate = `${Math.round(this.#times.length / (RATE_MS / 1000))} ${t("framesPerSecond")}`;
    const whose = last.model === "demo" ? t("simulated") : runs ? last.model : t("elsewhere");
    const words = [whose, rate];
    if (last.model !== "demo") words.push(`${Math.round(last.latencyMs)} ms`);
    if (this.#inference?.dropped) words.push(`${t("dropped")} ${this.#inference.dropped}`);
    if (!last.person) words.unshift(t("noPerson"));
    return words.join(" · ");
  }

  /** @param {() => Promise<void>} open */
  async #start(open) {
    this.#trouble = "cameraStarting";
    this.tick(performance.now());
    try {
      await open();
    } catch (error) {
      await this.stop();
      this.#trouble = error instanceof CaptureError ? error.key : "cameraDenied";
      return this.tick(performance.now());
    }
    this.#figure.forget();
    this.#figure.mirrored = this.#capture.mirrored;
    this.#video.classList.toggle("mirrored", this.#capture.mirrored);
    if (!this.#inference) this.#connect();
    this.#pump(++this.#run);
  }

  #connect() {
    this.#inference?.stop();
    this.#inference = new Inference(() => this.#session.fresh(), {
      analysis: (analysis) => this.#take(analysis, performance.now()),
      state: (state) => { this.#trouble = state; this.tick(performance.now()); },
    });
  }

  /** Sends pictures as long as this run is the newest. @param {number} run */
  async #pump(run) {
    while (run === this.#run && this.#inference) {
      await this.#capture.next();
      if (document.hidden || !this.#inference?.isReady(performance.now())) continue;
      const picture = await this.#capture.picture();
      if (picture && run === this.#run) this.#inference?.send(picture, performance.now());
    }
  }

  async stop() {
    const inference = this.#inference;
    this.#run++;
    this.#inference = null;
    this.#trouble = null;
    this.#times = [];
    this.#capture.stop();
    this.#figure.forget();
    this.#figure.mirrored = false;
    this.tick(performance.now());
    await inference?.stop();
  }

  /** @param {Analysis} analysis @param {number} now */
  #take(analysis, now) {
    this.#last = analysis;
    this.#times.push(now);
    this.#figure.show(analysis, now);
    this.#judged(analysis, now);
  }
}
