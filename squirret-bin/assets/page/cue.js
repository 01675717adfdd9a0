// The headline: what the coach says fades after a while; below it stands what stops the person, else what goes on now.
import { current, t, wireText } from "./text.js";

/** @typedef {import("./types.js").Voice} Voice */
/** @typedef {import("./text.js").Key} Key */
/** @typedef {{ text: string, kind: string, lang?: string }} Headline */

// A cue is shown for so long, and fades in the last part of it (ms).
const SHOWN_MS = 6_000;
const FADE_MS = 1_500;
// A reason why nothing counts is shown when it has stood for so long, so that it does not flicker (ms).
const REASON_AFTER_MS = 1_200;
const REASON_FRESH_MS = 1_500;

export class Cue {
  /** @type {Voice | null} */
  #said = null;
  #saidAt = -Infinity;
  /** What stands in the way, by who found it; the first one counts. @type {Map<string, Key>} */
  #blocks = new Map();
  /** @type {string | null} */
  #reason = null;
  #reasonSince = 0;
  #reasonAt = -Infinity;

  /** The coach spoke. @param {Voice} voice @param {number} now */
  say(voice, now) { [this.#said, this.#saidAt] = [voice, now]; }

  /** The words of a cue in the page's language. @param {Voice} voice */
  words(voice) { return voice.texts?.[current()] ?? voice.text; }

  /** Something stands in the way, or no more. @param {string} source @param {Key | null} key */
  block(source, key) {
    if (key) this.#blocks.set(source, key);
    else this.#blocks.delete(source);
  }

  /** Why nothing counts now, as the wire says it. @param {string | undefined} code @param {number} now */
  reason(code, now) {
    if (code !== this.#reason) this.#reasonSince = now;
    [this.#reason, this.#reasonAt] = [code ?? null, now];
  }

  /** Nothing that was said counts any more. */
  clear() { this.#saidAt = -Infinity; this.#reason = null; }

  /** What was said and is still shown. @param {number} now */
  #fresh(now) {
    if (now - this.#saidAt >= SHOWN_MS) return null;
    // Encouragement is for who can begin: it hides nothing that stands in the way.
    return this.#blocks.size && this.#said?.kind === "encouragement" ? null : this.#said;
  }

  /** What the coach says, or what stops the person; null when there is nothing of the kind. @param {number} now @returns {Headline | null} */
  now(now) {
    const lost = this.#blocks.get("connection");
    if (lost) return { text: t(lost), kind: "lost" };
    const said = this.#fresh(now);
    if (said) {
      // Words of a language that the page is not in are announced as such to who reads aloud.
      const lang = said.texts ? undefined : /[가-힣]/.test(said.text) ? "ko" : "en";
      return { text: this.words(said), kind: said.kind ?? "advice", lang };
    }
    const [block] = this.#blocks.values();
    if (block) return { text: t(block), kind: "block" };
    const stands = this.#reason && now - this.#reasonAt < REASON_FRESH_MS && now - this.#reasonSince > REASON_AFTER_MS;
    return stands ? { text: wireText("why_", /** @type {string} */ (this.#reason)), kind: "block" } : null;
  }

  /** Whether the present cue is about to go. @param {number} now */
  fades(now) { return !this.#blocks.has("connection") && this.#fresh(now) !== null && now - this.#saidAt > SHOWN_MS - FADE_MS; }
}

/** Shows a headline in an element. @param {HTMLElement} element @param {Headline} headline @param {boolean} fading */
export function showHeadline(element, { text, kind, lang }, fading) {
  if (element.textContent !== text) element.textContent = text;
  if (element.dataset.kind !== kind) element.dataset.kind = kind;
  element.classList.toggle("fading", fading);
  if (lang) element.lang = lang;
  else element.removeAttribute("lang");
}
