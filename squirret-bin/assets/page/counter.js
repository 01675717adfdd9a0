// Counts a workout's repetitions by the coach's numbers, over lost connections and coaches that begin anew.

export class Counter {
  /** The coach's newest number; null before the first. @type {number | null} */
  #last = null;
  /** Repetitions since `reset`. */
  count = 0;
  /** Those that were described. @type {import("./types.js").Rep[]} */
  reps = [];

  /** Counts from zero; the coach goes on from `at` (null: from what it says next). @param {number | null} at */
  reset(at) {
    this.#last = at;
    this.count = 0;
    this.reps = [];
  }

  /** A repetition came. @param {import("./types.js").Rep} rep */
  rep(rep) {
    // Numbers in between were missed while the connection was lost. A lower one is a coach's that began anew.
    const missed = this.#last !== null && rep.number > this.#last ? rep.number - this.#last : 1;
    if (this.#last !== rep.number) this.count += missed;
    this.#last = rep.number;
    this.reps.push(rep);
  }

  /** The coach's count, each second. @param {number} reps */
  data(reps) {
    if (this.#last !== null && reps > this.#last) this.count += reps - this.#last;
    this.#last = reps;
  }
}
