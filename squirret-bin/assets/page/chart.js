// Form score over the last minutes: a line from the DATA pushes, a dot for each repetition.

const SPAN = 180_000;

/** Keeps the points of the last three minutes and draws them. */
export class Chart {
  #context; #values = []; #reps = [];

  constructor(canvas) {
    this.#context = canvas.getContext("2d");
  }

  /** A score from 0 to 100 at `now` (ms); null leaves a gap. */
  value(now, score) { this.#values.push([now, score]); }

  /** A repetition's score. */
  rep(now, score) { this.#reps.push([now, score]); }

  draw(now, style) {
    const context = this.#context, { width, height } = context.canvas;
    this.#values = this.#values.filter(([at]) => now - at < SPAN);
    this.#reps = this.#reps.filter(([at]) => now - at < SPAN);
    const place = ([at, score]) => [width - ((now - at) / SPAN) * width, height - 8 - (score / 100) * (height - 16)];
    context.clearRect(0, 0, width, height);
    context.strokeStyle = style.line;
    context.lineWidth = 1;
    for (const level of [0, 50, 100]) {
      context.beginPath();
      context.moveTo(...place([now - SPAN, level]));
      context.lineTo(...place([now, level]));
      context.stroke();
    }
    context.strokeStyle = style.accent;
    context.lineWidth = 2.5;
    context.beginPath();
    let pen = false;
    for (const point of this.#values) {
      if (point[1] === null) { pen = false; continue; }
      if (pen) context.lineTo(...place(point)); else context.moveTo(...place(point));
      pen = true;
    }
    context.stroke();
    context.fillStyle = style.ink;
    for (const rep of this.#reps) {
      context.beginPath();
      context.arc(...place(rep), 5, 0, 2 * Math.PI);
      context.fill();
    }
  }
}
