// The page's own session: issued once, kept over reloads, renewed before its token ends, replaced when it is gone.
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

/** A call of the server. @param {string} path @param {string} [token] @param {unknown} [body] @param {RequestInit} [more] */
export function post(path, token, body, more) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (token) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  return fetch(path, { method: "POST", headers, body: body === undefined ? undefined : JSON.stringify(body), ...more });
}

/** `ws://` or `wss://` of this server. */
export const websocketBase = () => location.origin.replace(/^http/, "ws");

/** The session; tells by the event `replaced` when another took its place. */
export class Session extends EventTarget {
  /** @type {Issued | null} */
  #now = null;
  /** @type {Promise<Issued> | null} */
  #renewal = null;

  constructor() {
    super();
    const given = new URLSearchParams(location.hash.slice(1));
    const [sessionId, wsToken] = [given.get("session"), given.get("token")];
    if (sessionId && wsToken) {
      // Handed over in the address, by `squirret simulate` for example: the token does not stay there.
      history.replaceState(null, "", location.pathname);
      this.#keep({ sessionId, wsToken });
    } else {
      try { this.#now = JSON.parse(sessionStorage.getItem(KEY) ?? "null"); } catch { /* a new one */ }
    }
  }

  get id() { return this.#now?.sessionId ?? ""; }
  get token() { return this.#now?.wsToken ?? ""; }

  /** A session whose token is good for a while; `doubtful`: the server may have forgotten it, so ask. */
  async fresh(doubtful = false) {
    if (!doubtful && this.#now && expiry(this.#now.wsToken) - Date.now() / 1000 > MARGIN) return this.#now;
    this.#renewal ??= this.#renew().finally(() => { this.#renewal = null; });
    return this.#renewal;
  }

  async #renew() {
    const old = this.#now;
    if (old) {
      const reply = await post(`/api/session/${old.sessionId}/refresh`, old.wsToken);
      if (reply.ok) return this.#keep(await reply.json());
      if (!GONE.includes(reply.status)) throw new Error(`refresh: ${reply.status}`);
    }
    const reply = await post("/internal/session");
    if (!reply.ok) throw new Error(`session: ${reply.status}`);
    const issued = this.#keep(await reply.json());
    if (old) this.dispatchEvent(new Event("replaced"));
    return issued;
  }

  /** @param {Issued} issued */
  #keep({ sessionId, wsToken }) {
    this.#now = { sessionId, wsToken };
    try { sessionStorage.setItem(KEY, JSON.stringify(this.#now)); } catch { /* a reload gets a new one */ }
    return this.#now;
  }
}
