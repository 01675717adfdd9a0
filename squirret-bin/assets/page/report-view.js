// The way to the report of the latest workout: offered once there is a repetition, opened by a link that needs no token.
import { put, the } from "./dom.js";
import { api } from "./session.js";
import { current, onLanguage, t } from "./text.js";

/** Hours and minutes ahead of UTC where the person is, such as `+09:00`. @param {Date} [at] */
function utcOffset(at = new Date()) {
  const ahead = -at.getTimezoneOffset();
  const part = (/** @type {number} */ number) => String(Math.trunc(number)).padStart(2, "0");
  return `${ahead < 0 ? "-" : "+"}${part(Math.abs(ahead) / 60)}:${part(Math.abs(ahead) % 60)}`;
}

/** The address of a report as this person reads it. @param {string} url @param {Date} [at] when the workout began */
export const asRead = (url, at) => `${url}&format=html&lang=${current()}&tz=${encodeURIComponent(utcOffset(at))}`;

export class ReportView {
  #button = the("report", HTMLButtonElement);
  #state = the("report-state", HTMLElement);
  #session;
  /** @type {import("./text.js").Key | null} */
  #word = null;

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    this.#session = session;
    this.#button.onclick = () => this.open();
    onLanguage(() => this.#tell(this.#word));
  }

  /** @param {import("./types.js").Data} data */
  data({ reps }) { if (reps > 0) this.#button.hidden = false; }

  /** @param {import("./text.js").Key | null} word */
  #tell(word) {
    this.#word = word;
    put(this.#state, word ? t(word) : "");
  }

  /** Where the report of the latest workout is. */
  async #address() {
    const { sessionId, wsToken } = await this.#session.fresh();
    const { url } = await api.reportLink(sessionId, { token: wsToken });
    return asRead(`${url}&workout=last`);
  }

  /** Opens the report beside the page; in a tap. */
  async open() {
    this.#tell(null);
    // Opened at once: browsers let a click open a tab, and what comes later not always.
    const tab = window.open("", "_blank");
    try {
      const report = await this.#address();
      if (!tab) return location.assign(report);
      tab.opener = null;
      tab.location.replace(report);
    } catch {
      tab?.close();
      this.#tell("reportFailed");
    }
  }

  /** Goes to the report in this tab, which needs no tap. */
  async go() {
    try {
      location.assign(await this.#address());
    } catch {
      this.#tell("reportFailed");
    }
  }
}
