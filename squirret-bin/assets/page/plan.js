// What a person wants to do: repetitions, sets and rest; kept in the browser.
import { the } from "./dom.js";
import { recall, remember } from "./memory.js";
import { filled, onLanguage, t } from "./text.js";

/** Choices; 0 repetitions: until the person stops. */
const CHOICES = /** @type {const} */ ({ reps: [0, 5, 8, 10, 12, 15, 20], sets: [1, 2, 3, 4, 5], rest: [30, 45, 60, 90, 120, 180] });
const USUAL = { reps: 10, sets: 3, rest: 60 };

/** @typedef {keyof typeof CHOICES} Part */

export class Plan {
  #chosen = { ...USUAL };

  constructor() {
    for (const part of /** @type {Part[]} */ (Object.keys(CHOICES))) {
      const kept = Number(recall(`plan.${part}`) ?? NaN);
      if (/** @type {readonly number[]} */ (CHOICES[part]).includes(kept)) this.#chosen[part] = kept;
      const select = the(`plan-${part}`, HTMLSelectElement);
      select.onchange = () => {
        this.#chosen[part] = Number(select.value);
        remember(`plan.${part}`, select.value);
        this.#show();
      };
    }
    onLanguage(() => this.#show());
  }

  /** Repetitions of a set; 0: as many as the person likes. */
  get reps() { return this.#chosen.reps; }

  /** Sets; without a number of repetitions there is one. */
  get sets() { return this.reps ? this.#chosen.sets : 1; }

  /** Seconds between two sets. */
  get rest() { return this.#chosen.rest; }

  #show() {
    for (const part of /** @type {Part[]} */ (Object.keys(CHOICES))) {
      const select = the(`plan-${part}`, HTMLSelectElement);
      select.replaceChildren(...CHOICES[part].map((value) => new Option(words(part, value), String(value), false, value === this.#chosen[part])));
      select.disabled = part !== "reps" && this.reps === 0;
    }
  }
}

/** @param {Part} part @param {number} value */
function words(part, value) {
  if (part === "rest") return filled("planSeconds", { seconds: value });
  if (part === "sets") return filled("planSetCount", { sets: value });
  return value ? filled("planRepCount", { reps: value }) : t("planFree");
}
