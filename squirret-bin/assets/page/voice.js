// Speaks the cues, when asked to, with the browser's own voice.
import { mark, put, the } from "./dom.js";
import { recall, remember } from "./memory.js";
import { tone, unlockSound } from "./sound.js";
import { current, onLanguage, other, t } from "./text.js";

const TAGS = { ko: "ko-KR", en: "en-US" };
// Browsers load their voices late; after this a missing one is missing (ms).
const VOICES_MS = 2_000;

const speaks = "speechSynthesis" in window;

/** Voices of a language, those of the device first. @param {import("./text.js").Language} language */
const voices = (language) =>
  (speaks ? speechSynthesis.getVoices() : []).filter(({ lang }) => lang.toLowerCase().startsWith(language)).sort((a, b) => Number(b.localService) - Number(a.localService));

export class Voice {
  #button = the("voice", HTMLButtonElement);
  #volume = the("volume", HTMLInputElement);
  #on = recall("voice") === "on";
  /** Whether the language's voice is missing; null while nobody knows. @type {boolean | null} */
  #missing = null;

  constructor() {
    this.#volume.value = recall("volume") ?? "100";
    this.#volume.oninput = () => remember("volume", this.#volume.value);
    this.#button.onclick = () => {
      this.#on = !this.#on;
      remember("voice", this.#on ? "on" : "off");
      if (this.#on) this.#begin();
      else if (speaks) speechSynthesis.cancel();
      this.#show();
    };
    the("voice-test", HTMLButtonElement).onclick = () => {
      unlockSound();
      tone(880, 0.3, this.volume);
      this.#look();
      this.#speak(t("voiceSample"));
    };
    if (speaks) speechSynthesis.addEventListener("voiceschanged", () => this.#look());
    onLanguage(() => { this.#missing = null; this.#look(); });
  }

  /** From 0 to 1. */
  get volume() { return Number(this.#volume.value) / 100; }

  /** Whether it is known that the browser has no voice for the page's language. */
  get missing() { return this.#missing === true; }

  /** Turns the voice on for a workout; called in a tap. What the switch says is remembered only when it is used. */
  start() {
    this.#on = true;
    this.#begin();
    this.#show();
  }

  /** @param {string} text */
  say(text) { if (this.#on) this.#speak(text); }

  /** Browsers speak only after a person has touched the page: the first words are said in the tap. */
  #begin() {
    unlockSound();
    this.#speak(t("voiceOn"));
    this.#look();
    setTimeout(() => {
      if (this.#missing === null) this.#look(true);
      if (this.missing && this.#on) this.#warn();
    }, VOICES_MS);
  }

  /** @param {string} text @param {import("./text.js").Language} [language] */
  #speak(text, language = current()) {
    if (!speaks) return;
    const words = new SpeechSynthesisUtterance(text);
    words.lang = TAGS[language];
    words.volume = this.volume;
    const [voice] = voices(language);
    if (voice) words.voice = voice;
    // A cue that comes late is no help: the newest one is said.
    speechSynthesis.cancel();
    speechSynthesis.speak(words);
  }

  /** Says in the other language, if that can be spoken, that this one cannot; else two low tones say it. */
  #warn() {
    if (voices(other()).length) return this.#speak(t("noVoice", other()), other());
    tone(220, 0.4, this.volume);
  }

  /** Looks whether there is a voice; an empty list means "not yet" unless it is `late`. @param {boolean} [late] */
  #look(late = false) {
    const all = speaks ? speechSynthesis.getVoices().length : 0;
    if (all || late || !speaks) this.#missing = voices(current()).length === 0;
    this.#show();
  }

  #show() {
    mark(this.#button, "aria-pressed", String(this.#on));
    put(this.#button, t("voice"));
    put(the("voice-state", HTMLElement), this.missing ? t("noVoice") : "");
  }
}
