// The way to the report of this session: offered once there is a repetition, opened by a link that needs no token.
import { put, the } from "./dom.js";
import { post } from "./session.js";
import { current, onLanguage, t } from "./text.js";

/** Hours and minutes ahead of UTC where the person is, such as `+09:00`. */
function utcOffset() {
  const ahead = -new Date().getTimezoneOffset();
  const part = (/** @type {number} */ number) => String(Math.trunc(number)).padStart(2, "0");
  return `${ahead < 0 ? "-" : "+"}${part(Math.abs(ahead) / 60)}:${part(Math.abs(ahead) % 60)}`;
}

export class ReportView {
  #button = the("report", HTMLButtonElement);
  #state = the("report-state", HTMLElement);
  #session;
  /** @type {import("./text.js").Key | null} */
  #word = null;

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.#session = session;
    this.#button.onclick = () => this.#open();
    onLanguage(() => this.#tell(this.#word));
  }

  /** @param {import("./types.js").Data} data */
  data({ reps }) { if (reps > 0) this.#button.hidden = false; }

  /** @param {import("./text.js").Key | null} word */
  #tell(word) {
    this.#word = word;
    put(this.#state, word ? t(word) : "");
  }

  async #open() {
    this.#tell(null);
    // Opened at once: browsers let a click open a tab, and what comes later not always.
    const tab = window.open("", "_blank");
    try {
      const { sessionId, wsToken } = await this.#session.fresh();
      const reply = await post(`/api/session/${sessionId}/report/link`, wsToken);
      if (!reply.ok) throw new Error(`report: ${reply.status}`);
      /** @type {{ url: string }} */
      const { url } = await reply.json();
      const report = `${url}&format=html&lang=${current()}&tz=${encodeURIComponent(utcOffset())}`;
      if (tab) {
        tab.opener = null;
        tab.location.replace(report);
      } else {
        location.assign(report);
      }
    } catch {
      tab?.close();
      this.#tell("reportFailed");
    }
  }
}
