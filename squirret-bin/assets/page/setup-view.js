// What a person does before and between sets: calibrate, start over, connect a pair of insoles.
import { put, sleep, the } from "./dom.js";
import { post } from "./session.js";
import { onLanguage, t } from "./text.js";

// The coach wants so many seconds of quiet standing.
const STAND_SECONDS = 5;

export class SetupView {
  #calibrate = the("calibrate", HTMLButtonElement);
  #result = the("setup-result", HTMLElement);
  #session; #stomp;
  #counting = 0;
  /** Told by the coach since the countdown began. */
  #calibrated = false;
  /** @type {import("./text.js").Key | null} */
  #word = null;

  /** @param {import("./session.js").Session} session @param {import("./stomp.js").Stomp} stomp */
  constructor(session, stomp) {
    this.#session = session;
    this.#stomp = stomp;
    this.#calibrate.onclick = () => this.#count();
    the("restart", HTMLButtonElement).onclick = () => this.#tell(stomp.event("start") ? "restarted" : "notConnected");
    the("bind", HTMLFormElement).onsubmit = (event) => { event.preventDefault(); this.#bind(); };
    onLanguage(() => { this.#label(); this.#tell(this.#word); });
  }

  /** The coach has its baseline. */
  calibrated() {
    this.#calibrated = true;
    if (!this.#counting) this.#tell("calibrated");
  }

  /** Another session took the pair. */
  taken() { this.#tell("taken"); }

  /** @param {import("./text.js").Key | null} word */
  #tell(word) {
    this.#word = word;
    put(this.#result, word ? t(word) : "");
  }

  #label() {
    put(this.#calibrate, this.#counting ? `${t("standStill")} ${this.#counting}` : t("calibrate"));
  }

  async #count() {
    if (this.#counting) return;
    if (!this.#stomp.event("calibrate")) return this.#tell("notConnected");
    this.#calibrated = false;
    this.#tell(null);
    this.#calibrate.setAttribute("aria-disabled", "true");
    for (this.#counting = STAND_SECONDS; this.#counting > 0; this.#counting--) {
      this.#label();
      await sleep(1000);
    }
    this.#label();
    this.#calibrate.removeAttribute("aria-disabled");
    this.#tell(this.#calibrated ? "calibrated" : "notCalibrated");
  }

  async #bind() {
    const deviceId = the("device-id", HTMLInputElement).value.trim();
    try {
      const { sessionId, wsToken } = await this.#session.fresh();
      const reply = await post(`/api/session/${sessionId}/devices`, wsToken, { deviceId });
      this.#tell(reply.ok ? "bound" : "bindFailed");
    } catch {
      this.#tell("notConnected");
    }
  }
}
