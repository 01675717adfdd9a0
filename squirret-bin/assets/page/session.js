// The page's own session: issued once, kept over reloads and closed tabs, renewed before its token ends, replaced when it is gone.
import { Squirret, SquirretError } from "./api.js";

const KEY = "squirret.session";
// A token that ends this soon is renewed before it is used (s).
const MARGIN = 60;
// Answers that say: this session is no more.
const GONE = [401, 403, 404, 410];

/** @typedef {{ sessionId: string, wsToken: string }} Issued */

/** When a token ends, epoch seconds; 0 when it cannot be read. @param {string} token */
function expiry(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).exp ?? 0;
  } catch {
    return 0;
  }
}

/** The calls of this server. */
export const api = new Squirret();

/** `ws://` or `wss://` of this server. */
export const websocketBase = () => location.origin.replace(/^http/, "ws");

/** A browser's storage, which it may forbid. @param {"sessionStorage" | "localStorage"} name */
function storage(name) {
  try { return window[name]; } catch { return null; }
}

/** The session; the event `replaced` says that another took its place: `wanted`, or by the server. */
export class Session extends EventTarget {
  /** @type {Issued | null} */
  #now = null;
  /** @type {Promise<Issued> | null} */
  #renewal = null;
  /** Of this browser, or only of this tab when it was handed over in the address. @type {Storage | null} */
  #shelf = null;

  constructor() {
    super();
    const given = new URLSearchParams(location.hash.slice(1));
    const [sessionId, wsToken] = [given.get("session"), given.get("token")];
    if (sessionId && wsToken) {
      // Handed over in the address, by `squirret simulate` for example: the token does not stay there.
      history.replaceState(null, "", location.pathname);
      this.#shelf = storage("sessionStorage");
      this.#keep({ sessionId, wsToken });
      return;
    }
    for (const shelf of [storage("sessionStorage"), storage("localStorage")]) {
      this.#shelf = shelf;
      try { this.#now = JSON.parse(shelf?.getItem(KEY) ?? "null"); } catch { /* a new one */ }
      if (this.#now) return;
    }
  }

  get id() { return this.#now?.sessionId ?? ""; }
  get token() { return this.#now?.wsToken ?? ""; }

  /** A session whose token is good for a while; `doubtful`: the server may have forgotten it, so ask. */
  async fresh(doubtful = false) {
    if (this.#renewal) return this.#renewal;
    if (!doubtful && this.#now && expiry(this.#now.wsToken) - Date.now() / 1000 > MARGIN) return this.#now;
    return this.#meanwhile(this.#renew());
  }

  /** Ends the session by `end`, which gets it, and begins another; whoever asks meanwhile waits for that. @param {(old: Issued) => Promise<unknown>} end */
  async endBy(end) {
    const old = await this.fresh();
    return this.#meanwhile(end(old).then(() => this.#another(true)));
  }

  /** @param {Promise<Issued>} renewal */
  #meanwhile(renewal) {
    this.#renewal = renewal.finally(() => { this.#renewal = null; });
    return this.#renewal;
  }

  async #renew() {
    const old = this.#now;
    if (old) {
      try {
        return this.#keep(await api.refresh(old.sessionId, { token: old.wsToken }));
      } catch (error) {
        if (!(error instanceof SquirretError) || !GONE.includes(error.status)) throw error;
      }
    }
    return this.#another(false);
  }

  /** @param {boolean} wanted */
  async #another(wanted) {
    const first = !this.#now;
    const issued = this.#keep(await api.issueGuest());
    if (!first) this.dispatchEvent(new CustomEvent("replaced", { detail: { wanted } }));
    return issued;
  }

  /** @param {Issued} issued */
  #keep({ sessionId, wsToken }) {
    this.#now = { sessionId, wsToken };
    try { this.#shelf?.setItem(KEY, JSON.stringify(this.#now)); } catch { /* a reload gets a new one */ }
    return this.#now;
  }
}
