// A client of the inference plane: frames out, one or two on their way at a time; analyses back; a new token in time.
import { SquirretError } from "./api.js";
import { sleep } from "./dom.js";
import { api } from "./session.js";

// With two on their way the line is never idle and nothing waits long.
const MAX_IN_FLIGHT = 2;
// A token lives for 15 minutes.
const RENEW_AFTER_MS = 13 * 60_000;
const FASTEST_MS = 1000 / 30;
// A frame without an answer for so long means that the line is dead.
const DEAD_MS = 8_000;
const FIRST_PAUSE_MS = 700;
const LONGEST_PAUSE_MS = 4_000;
// A server without a model looks for one every few seconds, and so do we.
const LOOK_MS = 3_000;
const ABSENT = /** @type {const} */ ({ loading: "modelLoading", installing: "modelInstalling", "no model": "modelMissing" });

/** @typedef {"cameraStarting" | "cameraLost" | "cameraBusy" | "modelLoading" | "modelInstalling" | "modelMissing" | null} LinkState */
/** @typedef {{ sessionId: string, wsUrl: string, wsToken: string }} Issued */
/** @typedef {{ socket: WebSocket, waiting: number[], leaving: boolean }} Link */

/** One inference session. */
export class Inference {
  #care; #user;
  /** @type {Issued | null} */
  #session = null;
  /** @type {Link | null} */
  #link = null;
  #running = true;
  #started = performance.now();
  #sentAt = 0;
  #interval = FASTEST_MS;
  #pause = FIRST_PAUSE_MS;
  #renewal = 0;
  #sent = 0; #received = 0;
  /** Handshakes that were refused one after another although the server was ready. */
  #refused = 0;
  /** Ends the present pause. */
  #hurry = () => {};
  /** Frames that the server did not look at. */
  dropped = 0;

  /**
   * @param {() => Promise<{ sessionId: string, wsToken: string }>} user whose session the results belong to
   * @param {{ analysis: (analysis: import("./types.js").Analysis) => void, state: (state: LinkState, ready?: import("./types.js").Readiness) => void }} care
   */
  constructor(user, care) {
    this.#user = user;
    this.#care = care;
    this.#open();
  }

  /** Whether a frame may be sent at `now`: the server's speed sets the rate. @param {number} now */
  isReady(now) {
    const link = this.#link;
    if (!link || link.socket.readyState !== WebSocket.OPEN) return false;
    if (link.waiting.length && now - link.waiting[0] > DEAD_MS) link.socket.close();
    return link.waiting.length < MAX_IN_FLIGHT && now - this.#sentAt >= this.#interval - 4;
  }

  /** Whether every frame that was sent is answered, or never will be. */
  get isIdle() { return !this.#link?.waiting.length || performance.now() - this.#sentAt > DEAD_MS; }

  /** The server is there again: a waiting attempt begins at once. */
  hurry() { this.#hurry(); }

  /** @param {Blob} picture @param {number} now */
  send(picture, now) {
    if (this.#link?.socket.readyState !== WebSocket.OPEN) return;
    this.#link.socket.send(picture);
    this.#link.waiting.push(now);
    this.#sentAt = now;
    this.#sent++;
  }

  /** Ends the session and says what was sent and received. */
  async stop() {
    this.#running = false;
    clearTimeout(this.#renewal);
    this.#link?.socket.close(1000);
    const session = this.#session;
    if (!session) return;
    const counts = { framesIn: this.#sent, framesOut: this.#received, durationSeconds: Math.round((performance.now() - this.#started) / 1000) };
    await api.finish(session.sessionId, counts, {}, { token: session.wsToken, keepalive: true }).catch(() => {});
  }

  /** @param {LinkState} [state] what is said until it is open */
  async #open(state = "cameraStarting") {
    this.#care.state(state);
    try {
      if (!this.#session) await this.#issue();
      if (this.#running) this.#connect();
    } catch {
      this.#retry("cameraLost");
    }
  }

  async #issue() {
    const { sessionId, wsToken } = await this.#user();
    this.#session = await api.createInference({ userId: sessionId }, { token: wsToken });
    this.#plan();
  }

  #plan() {
    clearTimeout(this.#renewal);
    this.#renewal = window.setTimeout(() => this.#renew(), RENEW_AFTER_MS);
  }

  /** The new connection takes over when it stands; the old one ends when its last frames are answered. */
  #connect() {
    const { wsUrl, wsToken } = /** @type {Issued} */ (this.#session);
    /** @type {Link} */
    const link = { socket: new WebSocket(`${wsUrl}?token=${wsToken}`), waiting: [], leaving: false };
    let opened = false;
    link.socket.onopen = () => {
      opened = true;
      this.#refused = 0;
      const old = this.#link;
      this.#link = link;
      if (old) this.#leave(old);
      if (!this.#running) link.socket.close(1000);
      this.#care.state(null);
    };
    link.socket.onmessage = ({ data }) => this.#receive(link, JSON.parse(data));
    link.socket.onclose = ({ code }) => {
      if (!this.#running || link.leaving) return;
      if (this.#link === link) this.#link = null;
      if (!this.#link) this.#lost(opened, code);
    };
  }

  /** @param {Link} link */
  #leave(link) {
    link.leaving = true;
    if (!link.waiting.length) link.socket.close(1000);
    else setTimeout(() => link.socket.close(1000), DEAD_MS);
  }

  /** @param {boolean} opened @param {number} code */
  async #lost(opened, code) {
    if (opened && code === 4429) this.#interval = Math.min(1000, this.#interval * 2);
    if (opened) return this.#retry(code === 4429 ? "cameraBusy" : "cameraLost", true);
    // A refused handshake does not say why: no model yet, a token that is no good any more, too many, or nobody there.
    try {
      /** @type {import("./types.js").Readiness} */
      const ready = await (await fetch("/readyz")).json();
      const absent = ABSENT[/** @type {keyof typeof ABSENT} */ (ready.inference)];
      if (absent) return this.#retry(absent, false, LOOK_MS, ready);
      // A fresh token helps in most cases. Only a server that refuses that too has too much to do.
      this.#retry(++this.#refused > 2 ? "cameraBusy" : "cameraLost", true);
    } catch {
      this.#retry("cameraLost");
    }
  }

  /** @param {LinkState} state @param {boolean} [renew] @param {number} [longest] ms @param {import("./types.js").Readiness} [ready] */
  async #retry(state, renew = false, longest = LONGEST_PAUSE_MS, ready) {
    this.#care.state(state, ready);
    const pause = Math.min(longest, this.#pause * (0.5 + Math.random()));
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    await Promise.race([sleep(pause), new Promise((resolve) => { this.#hurry = () => resolve(undefined); })]);
    this.#hurry = () => {};
    if (!this.#running) return;
    if (renew) await this.#fresh().catch(() => {});
    this.#open(state);
  }

  async #renew() {
    try {
      await this.#fresh();
      if (this.#running && this.#link) this.#connect();
    } catch {
      this.#renewal = window.setTimeout(() => this.#renew(), 5_000);
    }
  }

  /** A fresh token; no session any more when the server does not know it. */
  async #fresh() {
    if (!this.#session) return;
    const { sessionId, wsToken } = this.#session;
    try {
      this.#session.wsToken = (await api.refresh(sessionId, { token: wsToken })).wsToken;
      this.#plan();
    } catch (error) {
      if (!(error instanceof SquirretError) || error.status >= 500 || error.status === 429) throw error;
      this.#session = null;
    }
  }

  /** @param {Link} link @param {any} message */
  #receive(link, message) {
    if (message.type === "rate") {
      if (message.fps > 0) this.#interval = Math.max(FASTEST_MS, 1000 / message.fps);
      return;
    }
    link.waiting.shift();
    this.#pause = FIRST_PAUSE_MS;
    if (message.type === "analysis") {
      this.#received++;
      this.#care.analysis(message);
    } else if (message.type === "dropped") {
      this.dropped++;
    }
    if (link.leaving && !link.waiting.length) link.socket.close(1000);
  }
}
