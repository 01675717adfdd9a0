// Speaks the cues, when asked to, with the browser's own voice.
import { put, the } from "./dom.js";
import { recall, remember } from "./memory.js";
import { current, onLanguage, t } from "./text.js";

const TAGS = { ko: "ko-KR", en: "en-US" };

export class Voice {
  #button = the("voice", HTMLButtonElement);
  #on = recall("voice") === "on";

  constructor() {
    this.#button.hidden = !("speechSynthesis" in window);
    this.#button.onclick = () => {
      this.#on = !this.#on;
      remember("voice", this.#on ? "on" : "off");
      this.#show();
      // Browsers speak only after a person has touched the page: the first words are said right here.
      if (this.#on) this.say(t("voiceOn"));
      else speechSynthesis.cancel();
    };
    onLanguage(() => this.#show());
  }

  /** @param {string} text */
  say(text) {
    if (!this.#on || !("speechSynthesis" in window)) return;
    const words = new SpeechSynthesisUtterance(text);
    words.lang = TAGS[current()];
    const voices = speechSynthesis.getVoices().filter(({ lang }) => lang.startsWith(current()));
    if (voices.length) words.voice = voices.find(({ localService }) => localService) ?? voices[0];
    // A cue that comes late is no help: the newest one is said.
    speechSynthesis.cancel();
    speechSynthesis.speak(words);
  }

  #show() {
    this.#button.setAttribute("aria-pressed", String(this.#on));
    put(this.#button, t("voice"));
  }
}
