// Pictures from a camera or a video file, as JPEG, small enough for the way and large enough for the network.

// The network looks at the person with 256 pixels; more than this costs time on the way and tells it nothing.
const LONG_SIDE = 640;
const QUALITY = 0.8;

/** What the browser says, in the page's text keys; whatever else it says, the device itself does not start. @type {Record<string, "cameraDenied" | "cameraNone">} */
const REFUSALS = { NotAllowedError: "cameraDenied", SecurityError: "cameraDenied", NotFoundError: "cameraNone" };

/** Why there are no pictures; the words are the page's text keys. */
export class CaptureError extends Error {
  /** @param {"cameraInsecure" | "cameraDenied" | "cameraNone" | "cameraInUse" | "videoBad"} key */
  constructor(key) {
    super(key);
    this.key = key;
  }
}

/** Feeds the page's video element and takes pictures of it. */
export class Capture {
  #video;
  #grab = document.createElement("canvas");
  /** @type {MediaStream | null} */
  #stream = null;
  #url = "";
  /** @type {WakeLockSentinel | null} */
  #awake = null;
  /** Whether it shows the person as a mirror does. */
  mirrored = false;

  /** @param {HTMLVideoElement} video */
  constructor(video) { this.#video = video; }

  /** @param {"user" | "environment"} facing */
  async camera(facing) {
    this.stop();
    if (!navigator.mediaDevices) throw new CaptureError("cameraInsecure");
    try {
      const video = { facingMode: facing, width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: false, video });
    } catch (error) {
      throw new CaptureError(REFUSALS[error instanceof DOMException ? error.name : ""] ?? "cameraInUse");
    }
    this.mirrored = this.#stream.getVideoTracks()[0]?.getSettings().facingMode !== "environment";
    this.#video.srcObject = this.#stream;
    await this.#play();
  }

  /** @param {File} file */
  async file(file) {
    this.stop();
    this.mirrored = false;
    this.#url = URL.createObjectURL(file);
    this.#video.src = this.#url;
    await this.#play();
  }

  /** Whether it shows a file that has come to its end. */
  get hasEnded() { return this.#url !== "" && this.#video.ended; }

  /** Whether it shows a file. */
  get isFile() { return this.#url !== ""; }

  async #play() {
    try {
      await this.#video.play();
    } catch {
      this.stop();
      throw new CaptureError("videoBad");
    }
    // A phone that lies on the floor must not go to sleep during a set.
    try { this.#awake = (await navigator.wakeLock?.request("screen")) ?? null; } catch { /* then it may */ }
  }

  stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.pause();
    this.#video.srcObject = null;
    this.#video.removeAttribute("src");
    this.#video.load();
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = "";
    this.#awake?.release().catch(() => {});
    this.#awake = null;
  }

  /** Waits until the video shows another picture; half a second at most. */
  next() {
    return new Promise((resolve) => {
      const late = setTimeout(resolve, 500);
      const seen = () => { clearTimeout(late); resolve(undefined); };
      if ("requestVideoFrameCallback" in this.#video) this.#video.requestVideoFrameCallback(seen);
      else requestAnimationFrame(seen);
    });
  }

  /** The present picture, or null while there is none. @returns {Promise<Blob | null>} */
  async picture() {
    const { videoWidth, videoHeight } = this.#video;
    if (!videoWidth || this.#video.paused) return null;
    const scale = Math.min(1, LONG_SIDE / Math.max(videoWidth, videoHeight));
    const [width, height] = [Math.round(videoWidth * scale), Math.round(videoHeight * scale)];
    if (this.#grab.width !== width || this.#grab.height !== height) [this.#grab.width, this.#grab.height] = [width, height];
    this.#grab.getContext("2d", { alpha: false })?.drawImage(this.#video, 0, 0, width, height);
    return new Promise((resolve) => this.#grab.toBlob(resolve, "image/jpeg", QUALITY));
  }
}
