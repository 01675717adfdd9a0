// The camera's card: starts and stops it, sends its pictures, shows the body, says what is going on.
import { Capture, CaptureError } from "./capture.js";
import { mark, put, the } from "./dom.js";
import { Figure } from "./figure.js";
import { Inference } from "./inference.js";
import { filled, onLanguage, t } from "./text.js";

/** @typedef {import("./types.js").Analysis} Analysis */
/** @typedef {import("./text.js").Key} Key */

const RATE_MS = 2_000;
/** Troubles that have a text of help. @type {Set<Key>} */
const HELPED = new Set(["cameraDenied", "cameraNone", "cameraInUse", "cameraInsecure"]);

export class CameraView {
  #video = the("video", HTMLVideoElement);
  #capture = new Capture(this.#video);
  #figure = new Figure(the("figure", HTMLCanvasElement), this.#video);
  /** @type {Inference | null} */
  #inference = null;
  #session; #cue; #judged;
  /** @type {"user" | "environment"} */
  #facing = "user";
  /** What stands in the way, as a text key. @type {Key | null} */
  #trouble = null;
  /** What the server said of its model. @type {import("./types.js").Readiness | undefined} */
  #ready;
  /** @type {Analysis | null} */
  #last = null;
  /** @type {number[]} */
  #times = [];
  #run = 0;
  /** What waits for the end of a video file. */
  #ended = () => {};

  /**
   * @param {import("./session.js").Session} session
   * @param {import("./cue.js").Cue} cue
   * @param {{ judged: (analysis: Analysis, now: number) => void, filmBegins: () => void, filmEnds: () => void }} on
   */
  constructor(session, cue, on) {
    this.#session = session;
    this.#cue = cue;
    this.#judged = on.judged;
    the("camera-start", HTMLButtonElement).onclick = () => this.start();
    the("camera-flip", HTMLButtonElement).onclick = () => {
      this.#facing = this.#facing === "user" ? "environment" : "user";
      this.start();
    };
    the("camera-stop", HTMLButtonElement).onclick = () => this.stop();
    const file = the("video-file", HTMLInputElement);
    file.onchange = () => {
      const chosen = file.files?.[0];
      if (chosen) this.#start(() => this.#capture.file(chosen)).then((plays) => { if (plays) on.filmBegins(); });
      file.value = "";
    };
    this.#ended = on.filmEnds;
    session.addEventListener("replaced", () => { if (this.#inference) this.#connect(); });
    addEventListener("pagehide", () => this.stop());
    onLanguage(() => { this.#figure.refresh(); this.tick(performance.now()); });
  }

  /** Whether pictures of the own camera, or of a video file, are sent. */
  get runs() { return this.#inference !== null; }

  /** What stands in the way. */
  get trouble() { return this.#trouble; }

  /** What to do about what stands in the way; empty when nothing does, or nothing can be done. */
  get help() {
    if (this.#trouble !== "modelMissing") return this.#trouble && HELPED.has(this.#trouble) ? t(/** @type {Key} */ (`${this.#trouble}Help`)) : "";
    const folder = this.#ready?.modelFolder;
    const command = this.#ready?.modelCommand ?? (folder ? null : "squirret models install");
    return [command && filled("modelMissingHelp", { command }), folder && filled("modelFolderHelp", { folder }), t("modelComes")].filter(Boolean).join("\n");
  }

  /** Whether they are of a video file. */
  get showsFilm() { return this.#capture.isFile; }

  /** Starts the camera; in a tap, where browsers ask for the permission. */
  start() { return this.#start(() => this.#capture.camera(this.#facing)); }

  /** The server is there again: no need to wait longer. */
  hurry() { this.#inference?.hurry(); }

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
    this.#cue.block("camera", this.#trouble === "cameraStarting" ? null : this.#trouble);
    put(the("camera-state", HTMLElement), this.#trouble ? this.help || t(this.#trouble) : last && !last.person ? t("noPerson") : " ");
    mark(the("camera-details", HTMLElement), "data-known", String(last !== null));
    put(the("camera-figures", HTMLElement), last ? this.#figures(last, runs) : "");
  }

  /** For those who want to know: whose pictures, by which model, how many, how fast. @param {Analysis} last @param {boolean} runs */
  #figures(last, runs) {
    const words = [last.model === "demo" ? t("simulated") : runs ? last.model : t("elsewhere")];
    words.push(`${Math.round(this.#times.length / (RATE_MS / 1000))}${t("framesPerSecond")}`);
    if (last.model !== "demo") words.push(`${Math.round(last.latencyMs)} ms`);
    if (this.#inference?.dropped) words.push(`${t("dropped")} ${this.#inference.dropped}`);
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
      this.#trouble = error instanceof CaptureError ? error.key : "cameraInUse";
      this.tick(performance.now());
      return false;
    }
    this.#figure.forget();
    this.#figure.mirrored = this.#capture.mirrored;
    this.#video.classList.toggle("mirrored", this.#capture.mirrored);
    if (!this.#inference) this.#connect();
    this.#pump(++this.#run);
    return true;
  }

  #connect() {
    this.#inference?.stop();
    this.#inference = new Inference(() => this.#session.fresh(), {
      analysis: (analysis) => this.#take(analysis, performance.now()),
      state: (state, ready) => {
        [this.#trouble, this.#ready] = [state, ready ?? this.#ready];
        this.tick(performance.now());
      },
    });
  }

  /** Sends pictures as long as this run is the newest. @param {number} run */
  async #pump(run) {
    while (run === this.#run && this.#inference) {
      await this.#capture.next();
      if (this.#capture.hasEnded && this.#inference?.isIdle) {
        await this.stop();
        return this.#ended();
      }
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
