// The score of each repetition, and the latest repetitions in words.
import { Chart } from "./chart.js";
import { put, the } from "./dom.js";
import { onLanguage, t, wireText } from "./text.js";
import { faults } from "./body.js";

const KEPT = 6;

export class HistoryView {
  #chart = new Chart(the("chart", HTMLCanvasElement));
  #list = the("rep-list", HTMLElement);
  /** @type {import("./types.js").Rep[]} */
  #reps = [];

  constructor() {
    onLanguage(() => this.#show());
  }

  /** @param {import("./types.js").Rep} rep @param {number} now */
  rep(rep, now) {
    this.#chart.rep(now, rep.number, rep.score);
    this.#reps.unshift(rep);
    this.#reps.length = Math.min(this.#reps.length, KEPT);
    this.#show();
  }

  /** @param {number} now @param {import("./theme.js").Look} look */
  draw(now, look) { this.#chart.draw(now, look); }

  refresh() { this.#chart.refresh(); }

  #show() {
    the("no-reps", HTMLElement).hidden = this.#reps.length > 0;
    this.#list.replaceChildren(...this.#reps.map(line));
  }
}

/** @param {import("./types.js").Rep} rep */
function line(rep) {
  const item = document.createElement("li");
  const found = faults(rep.verdicts).map(({ rule }) => wireText("rule_", rule));
  const parts = [
    ["number", String(rep.number)],
    ["score", `${Math.round(rep.score)}${t("points")}`],
    ["words", found.length ? found.join(", ") : `${rep.descentSeconds.toFixed(1)} : ${rep.ascentSeconds.toFixed(1)}${t("seconds")}`],
  ];
  item.dataset.mark = rep.score >= 80 ? "good" : rep.score >= 50 ? "warn" : "bad";
  for (const [name, words] of parts) {
    const span = document.createElement("span");
    span.className = name;
    put(span, words);
    item.append(span);
  }
  return item;
}
