// The page's STOMP side: one subscription, JSON both ways, heart-beats, reconnects with growing, jittered pauses.
import { renew, websocketBase } from "./session.js";

const BEAT = 10_000;
const QUEUE = "/user/queue/session";

/** Splits one frame into command, headers and body. */
function parse(text) {
  const gap = text.indexOf("\n\n");
  const [command, ...lines] = text.slice(0, gap).split("\n");
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
  return { command, headers, body: text.slice(gap + 2).replace(/\0\n*$/, "") };
}

const frame = (command, headers, body = "") =>
  `${command}\n${Object.entries(headers).map(([name, value]) => `${name}:${value}\n`).join("")}\n${body}\0`;

/** Keeps one STOMP connection open; `onMessage` gets each pushed object, `onState` "waiting", "live" or "lost". */
export class Stomp {
  #session; #socket; #last; #beat; #watch; #pause = 500; #closed = false;

  constructor(session, { onMessage, onState, onSession }) {
    this.#session = session;
    Object.assign(this, { onMessage, onState, onSession });
    this.#open();
  }

  /** Sends one object to the session; false while there is no connection. */
  send(type, payload) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    const body = JSON.stringify({ type, payload });
    this.#socket.send(frame("SEND", { destination: "/app/session.message", "content-type": "application/json" }, body));
    return true;
  }

  close() {
    this.#closed = true;
    this.#socket?.close();
  }

  #open() {
    this.onState("waiting");
    const socket = new WebSocket(`${websocketBase()}/ws?token=${this.#session.wsToken}`, ["v12.stomp"]);
    this.#socket = socket;
    socket.onopen = () => {
      const resume = this.#last ? { "squirret-resume": this.#last } : {};
      socket.send(frame("CONNECT", {
        "accept-version": "1.2", "heart-beat": `${BEAT},${BEAT}`, "accept-language": document.documentElement.lang, ...resume,
      }));
    };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = () => this.#lost();
  }

  #receive(data) {
    this.#heard();
    if (data === "\n") return;
    const { command, headers, body } = parse(data);
    if (command === "CONNECTED") {
      this.#pause = 500;
      this.#beat = setInterval(() => this.#socket.send("\n"), BEAT);
      this.#socket.send(frame("SUBSCRIBE", { id: "page", destination: QUEUE, ack: "auto" }));
      this.onState("live");
    } else if (command === "MESSAGE") {
      this.#last = headers["message-id"];
      const message = JSON.parse(body);
      if (message.type === "TOKEN_EXPIRING") this.#renew();
      this.onMessage(message);
    }
  }

  /** Two silent intervals mean that nobody is there any more. */
  #heard() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#socket.close(), 2 * BEAT + 1_000);
  }

  async #renew() {
    this.#session = await renew(this.#session);
    this.onSession(this.#session);
    this.send("TOKEN", { token: this.#session.wsToken });
  }

  async #lost() {
    clearInterval(this.#beat);
    clearTimeout(this.#watch);
    if (this.#closed) return;
    this.onState("lost");
    const pause = this.#pause * (0.5 + Math.random());
    this.#pause = Math.min(this.#pause * 2, 15_000);
    await new Promise((resolve) => setTimeout(resolve, pause));
    try {
      this.#session = await renew(this.#session);
      this.onSession(this.#session);
      this.#open();
    } catch {
      this.#lost();
    }
  }
}
