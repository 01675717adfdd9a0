// A WebSocket that comes back: after a loss it waits, longer each time and never as long as the others, then opens again.
import { sleep } from "./dom.js";

const FIRST_PAUSE = 400;
const LONGEST_PAUSE = 15_000;
// A server that restarts is back within the first minute: until then it is asked more often.
const EARLY_MS = 60_000;
const EARLY_PAUSE = 2_000;

/**
 * @typedef {object} Care
 * @property {(doubtful: boolean) => Promise<{ url: string, protocols?: string[] }>} address where to; after a failure the session is in doubt
 * @property {(socket: WebSocket) => void} [opened]
 * @property {(text: string) => void} received
 * @property {(state: "waiting" | "lost") => void} [state]
 */

/** Keeps one WebSocket open until `close`. */
export class LastingSocket {
  /** @type {WebSocket | null} */
  #socket = null;
  #closed = false;
  #pause = FIRST_PAUSE;
  #lostAt = 0;
  #care;
  /** Ends the present pause. */
  #hurry = () => {};

  /** @param {Care} care */
  constructor(care) {
    this.#care = care;
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.#hurry(); });
    this.#live();
  }

  /** @param {string} text */
  send(text) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(text);
    return true;
  }

  /** Drops the present connection; the next one comes at once. */
  again() {
    this.#pause = FIRST_PAUSE;
    this.#socket?.close();
    this.#hurry();
  }

  close() {
    this.#closed = true;
    this.#socket?.close(1000);
    this.#hurry();
  }

  /** The peer is in order: the next loss begins with a short pause again. */
  settle() {
    this.#pause = FIRST_PAUSE;
    this.#lostAt = 0;
  }

  async #live() {
    let doubtful = false;
    while (!this.#closed) {
      this.#care.state?.("waiting");
      const end = await this.#once(doubtful);
      if (this.#closed) return;
      // A token that ended (4401) is nothing to worry about: a fresh one, and on.
      doubtful = end.code !== 4401;
      this.#care.state?.("lost");
      this.#lostAt ||= performance.now();
      const longest = performance.now() - this.#lostAt < EARLY_MS ? EARLY_PAUSE : LONGEST_PAUSE;
      const asked = Number(/retry-after-ms=(\d+)/.exec(end.reason)?.[1] ?? 0);
      await this.#wait(Math.min(LONGEST_PAUSE, Math.max(asked, Math.min(longest, this.#pause) * (0.5 + Math.random()))));
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    }
  }

  /** One connection, from before its beginning to its end. @param {boolean} doubtful @returns {Promise<{ code: number, reason: string }>} */
  async #once(doubtful) {
    try {
      const { url, protocols } = await this.#care.address(doubtful);
      if (this.#closed) return { code: 1000, reason: "" };
      const socket = new WebSocket(url, protocols);
      this.#socket = socket;
      return await new Promise((resolve) => {
        socket.onopen = () => this.#care.opened?.(socket);
        socket.onmessage = ({ data }) => { if (socket === this.#socket) this.#care.received(data); };
        socket.onclose = ({ code, reason }) => resolve({ code, reason });
      });
    } catch {
      return { code: 1006, reason: "" };
    }
  }

  /** @param {number} ms */
  async #wait(ms) {
    await Promise.race([sleep(ms), new Promise((resolve) => { this.#hurry = () => resolve(undefined); })]);
    this.#hurry = () => {};
  }
}
