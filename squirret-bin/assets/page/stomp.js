// The page's STOMP side: one subscription, JSON both ways, heart-beats, missed pushes after a loss.
import { websocketBase } from "./session.js";
import { LastingSocket } from "./socket.js";
import { current } from "./text.js";

const BEAT = 10_000;
const QUEUE = "/user/queue/session";

/** Splits one frame into command, headers and body. @param {string} text */
function parse(text) {
  const gap = text.indexOf("\n\n");
  const [command, ...lines] = text.slice(0, gap).split("\n");
  /** @type {Record<string, string>} */
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
  return { command, headers, body: text.slice(gap + 2).replace(/\0\n*$/, "") };
}

/** @param {string} command @param {Record<string, string>} headers @param {string} [body] */
const frame = (command, headers, body = "") =>
  `${command}\n${Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join("")}\n${body}\0`;

/** Keeps one STOMP connection of the session open. */
export class Stomp {
  /** @type {LastingSocket} */
  #socket;
  #session; #care;
  /** @type {string | undefined} */
  #last;
  #beat = 0;
  #watch = 0;

  /**
   * @param {import("./session.js").Session} session
   * @param {{ received: (message: any) => void, state: (state: "waiting" | "live" | "lost") => void }} care
   */
  constructor(session, care) {
    this.#session = session;
    this.#care = care;
    this.#socket = new LastingSocket({
      address: async (doubtful) => {
        const { wsToken } = await session.fresh(doubtful);
        return { url: `${websocketBase()}/ws?token=${wsToken}`, protocols: ["v12.stomp"] };
      },
      opened: (socket) => this.#connect(socket),
      received: (text) => this.#receive(text),
      state: (state) => { this.#rest(); care.state(state); },
    });
    session.addEventListener("replaced", () => { this.#last = undefined; });
  }

  /** Sends one object to the session; false while there is no connection. @param {string} type @param {unknown} payload */
  send(type, payload) {
    const body = JSON.stringify({ type, payload });
    return this.#socket.send(frame("SEND", { destination: "/app/session.message", "content-type": "application/json" }, body));
  }

  /** Tells what happened here; `start`, `stop` and `calibrate` act on the coach. @param {string} name */
  event(name) {
    return this.send("CLIENT_EVENT", { name, ts: Date.now() / 1000 });
  }

  /** @param {WebSocket} socket */
  #connect(socket) {
    /** @type {Record<string, string>} */
    const resume = this.#last ? { "squirret-resume": this.#last } : {};
    socket.send(frame("CONNECT", { "accept-version": "1.2", "heart-beat": `${BEAT},${BEAT}`, "accept-language": current(), ...resume }));
    this.#heard();
  }

  /** @param {string} data */
  #receive(data) {
    this.#heard();
    if (data === "\n") return;
    const { command, headers, body } = parse(data);
    if (command === "CONNECTED") {
      this.#socket.settle();
      this.#beat = window.setInterval(() => this.#socket.send("\n"), BEAT);
      this.#socket.send(frame("SUBSCRIBE", { id: "page", destination: QUEUE, ack: "auto" }));
      this.#care.state("live");
    } else if (command === "MESSAGE") {
      this.#last = headers["message-id"];
      const message = JSON.parse(body);
      if (message.type === "TOKEN_EXPIRING") this.#renew();
      this.#care.received(message);
    }
  }

  /** Two silent intervals mean that nobody is there any more. */
  #heard() {
    clearTimeout(this.#watch);
    this.#watch = window.setTimeout(() => this.#socket.again(), 2 * BEAT + 1_000);
  }

  #rest() {
    clearInterval(this.#beat);
    clearTimeout(this.#watch);
  }

  /** A fresh token keeps the connection. A failure is no loss: the server closes with 4401, and the way back renews. */
  async #renew() {
    try {
      const { wsToken } = await this.#session.fresh(true);
      this.send("TOKEN", { token: wsToken });
    } catch { /* as said */ }
  }
}
