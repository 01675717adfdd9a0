// Canvases that are as sharp as the screen and follow their size on the page.

// More pixels than this a CSS pixel cost time and show nothing.
const MAX_SCALE = 2;

/** A canvas in CSS pixels. */
export class Surface {
  /** @type {CanvasRenderingContext2D} */
  context;
  width = 1;
  height = 1;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const fit = () => {
      const scale = Math.min(MAX_SCALE, devicePixelRatio || 1);
      const [width, height] = [canvas.clientWidth, canvas.clientHeight];
      if (!width || !height) return;
      [this.width, this.height] = [width, height];
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      this.context.setTransform(scale, 0, 0, scale, 0, 0);
      this.changed = true;
    };
    /** Its size changed since this was last set back. */
    this.changed = true;
    new ResizeObserver(fit).observe(canvas);
    fit();
  }

  clear() {
    this.context.clearRect(0, 0, this.width, this.height);
  }
}
