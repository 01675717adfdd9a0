// The insole stream: every message is complete in itself, the newest counts.
import { websocketBase } from "./session.js";

/** Keeps the stream open; `onFeet` gets `{left, right}` with null for a foot without data. */
export class Insole {
  #session; #socket;

  constructor(session, onFeet) {
    this.#session = session;
    this.onFeet = onFeet;
    this.#open(500);
  }

  /** The session (and token) for the next connection. */
  use(session) { this.#session = session; }

  #open(pause) {
    const { sessionId, wsToken } = this.#session;
    const socket = new WebSocket(`${websocketBase()}/ws/fsr-data?sessionId=${sessionId}&token=${wsToken}`);
    this.#socket = socket;
    socket.onopen = () => { pause = 500; };
    socket.onmessage = ({ data }) => this.onFeet(JSON.parse(data));
    socket.onclose = () => setTimeout(() => this.#open(Math.min(pause * 2, 15_000)), pause * (0.5 + Math.random()));
  }
}

/** Samples a second of each foot over the last three seconds, and how old the newest is. */
export class Rates {
  #arrivals = { left: [], right: [] }; #stamps = {};

  update(side, foot, now) {
    if (!foot || foot.ts === this.#stamps[side]) return;
    this.#stamps[side] = foot.ts;
    this.#arrivals[side].push(now);
  }

  of(side, now) {
    const arrivals = (this.#arrivals[side] = this.#arrivals[side].filter((at) => now - at < 3000));
    return { perSecond: arrivals.length / 3, age: arrivals.length ? now - arrivals.at(-1) : Infinity };
  }
}
