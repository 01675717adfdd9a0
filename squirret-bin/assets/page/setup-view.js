// What a person does before and between sets: connect a pair of insoles, calibrate, start over.
import { SquirretError } from "./api.js";
import { put, sleep, the } from "./dom.js";
import { api } from "./session.js";
import { filled, onLanguage, t } from "./text.js";

// The coach wants so many seconds of quiet standing.
const STAND_SECONDS = 5;
// A pair that is switched on sends within a second (ms).
const FIRST_SAMPLE_MS = 4_000;

/** @typedef {import("./text.js").Key} Key */

export class SetupView {
  #calibrate = the("calibrate", HTMLButtonElement);
  #session; #stomp; #sees;
  #counting = 0;
  /** Reported by the coach since the countdown began. */
  #calibrated = false;
  /** The left foot's share when the person stood too unevenly since the countdown began; 0 when they did not. */
  #uneven = 0;
  /** What each line says. @type {Record<string, Key | null>} */
  #words = { "setup-result": null, "bind-result": null };

  /**
   * @param {import("./session.js").Session} session @param {import("./stomp.js").Stomp} stomp
   * @param {{ feet: () => boolean, person: () => boolean }} sees whether insoles send, and whether a camera sees somebody
   */
  constructor(session, stomp, sees) {
    this.#session = session;
    this.#stomp = stomp;
    this.#sees = sees;
    this.#calibrate.onclick = () => this.#count();
    the("restart", HTMLButtonElement).onclick = () => this.#tell("setup-result", stomp.event("start") ? "restarted" : "notConnected");
    the("bind", HTMLFormElement).onsubmit = (event) => { event.preventDefault(); this.#bind(); };
    onLanguage(() => {
      this.#label();
      for (const [line, word] of Object.entries(this.#words)) this.#tell(line, word);
    });
  }

  /** The coach has its baseline. */
  calibrated() {
    this.#calibrated = true;
    if (!this.#counting && this.#words["setup-result"] === "notCalibrated") this.#tell("setup-result", "calibrated");
  }

  /** The person stands too unevenly to be a measure; asking again confirms that they do. @param {number} left the left foot's share, per cent */
  uneven(left) {
    this.#uneven = Math.round(left);
    if (!this.#counting) this.#tell("setup-result", "uneven");
  }

  /** Another session took the pair. */
  taken() { this.#tell("bind-result", "taken"); }

  /** @param {string} line @param {Key | null} word */
  #tell(line, word) {
    this.#words[line] = word;
    put(the(line, HTMLElement), word ? filled(word, { left: this.#uneven, right: 100 - this.#uneven }) : "");
  }

  #label() {
    put(this.#calibrate, this.#counting ? `${t("standStill")} ${this.#counting}` : t("calibrate"));
  }

  async #count() {
    if (this.#counting) return;
    if (!this.#sees.feet() && !this.#sees.person()) return this.#tell("setup-result", "calibrateNeeds");
    if (!this.#stomp.event("calibrate")) return this.#tell("setup-result", "notConnected");
    [this.#calibrated, this.#uneven] = [false, 0];
    this.#tell("setup-result", null);
    this.#calibrate.setAttribute("aria-disabled", "true");
    for (this.#counting = STAND_SECONDS; this.#counting > 0 && !this.#calibrated && !this.#uneven; this.#counting--) {
      this.#label();
      await sleep(1000);
    }
    this.#counting = 0;
    this.#label();
    this.#calibrate.removeAttribute("aria-disabled");
    this.#tell("setup-result", this.#calibrated ? "calibrated" : this.#uneven ? "uneven" : "notCalibrated");
  }

  async #bind() {
    const deviceId = the("device-id", HTMLInputElement).value.trim();
    try {
      const { sessionId, wsToken } = await this.#session.fresh();
      await api.bindDevice(sessionId, { deviceId }, { token: wsToken });
    } catch (error) {
      return this.#tell("bind-result", error instanceof SquirretError ? "bindFailed" : "notConnected");
    }
    // The server takes any id: whether there is such a pair, only its samples say.
    this.#tell("bind-result", "bindWaits");
    const end = performance.now() + FIRST_SAMPLE_MS;
    let sends = false;
    while (!(sends = await this.#sends(deviceId)) && performance.now() < end) await sleep(400);
    this.#tell("bind-result", sends ? "bound" : "bindSilent");
  }

  /** Whether samples of a pair arrive. @param {string} deviceId */
  async #sends(deviceId) {
    const { sessionId, wsToken } = await this.#session.fresh();
    const list = await api.listDevices(sessionId, { token: wsToken }).catch(() => null);
    return list !== null && list.devices.some((device) => device.deviceId === deviceId && device.ageMs !== undefined);
  }
}
