// The page as a client of the inference plane: frames out with back-pressure, skeleton and marks back.

const BONES = [
  ["left_shoulder", "right_shoulder"], ["left_hip", "right_hip"],
  ["left_shoulder", "left_elbow"], ["left_elbow", "left_wrist"], ["right_shoulder", "right_elbow"], ["right_elbow", "right_wrist"],
  ["left_shoulder", "left_hip"], ["right_shoulder", "right_hip"],
  ["left_hip", "left_knee"], ["left_knee", "left_ankle"], ["left_ankle", "left_heel"], ["left_heel", "left_foot_index"], ["left_ankle", "left_foot_index"],
  ["right_hip", "right_knee"], ["right_knee", "right_ankle"], ["right_ankle", "right_heel"], ["right_heel", "right_foot_index"], ["right_ankle", "right_foot_index"],
];
const PART_OF = { hip: "lumbar", shoulder: "lumbar", knee: "knee", ankle: "ankle", heel: "ankle", foot: "ankle" };
// Larger pictures cost time on the way and tell the network nothing: it looks at 256 pixels.
const LONG_SIDE = 640;
const QUALITY = 0.8;
const MAX_IN_FLIGHT = 2;
const RENEW_AFTER = 13 * 60_000;

/** Sends a camera or a video file to the server and draws what comes back. */
export class Camera {
  #video; #canvas; #stream; #socket; #session; #inFlight = 0; #number = 0; #running = false; #times = []; #renewal; #grab = document.createElement("canvas"); #blobUrl;

  constructor({ video, canvas, userId, onAnalysis, onState }) {
    this.#video = video;
    this.#canvas = canvas;
    Object.assign(this, { userId, onAnalysis, onState });
  }

  async startCamera() {
    await this.stop();
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 } } });
    } catch {
      return this.onState("cameraDenied");
    }
    this.#video.srcObject = this.#stream;
    await this.#run();
  }

  async startFile(file) {
    await this.stop();
    this.#blobUrl = URL.createObjectURL(file);
    this.#video.src = this.#blobUrl;
    this.#video.loop = true;
    await this.#run();
  }

  async stop() {
    const session = this.#session;
    this.#running = false;
    clearTimeout(this.#renewal);
    this.#socket?.close(1000);
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = this.#session = undefined;
    this.#video.pause();
    this.#video.srcObject = null;
    this.#video.removeAttribute("src");
    if (this.#blobUrl) URL.revokeObjectURL(this.#blobUrl);
    this.#blobUrl = undefined;
    this.#canvas.getContext("2d").clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    if (session) await this.#finish(session);
  }

  async #finish({ sessionId, started, sent, received, wsToken }) {
    const body = { framesIn: sent, framesOut: received, durationSeconds: Math.round((performance.now() - started) / 1000) };
    await fetch(`/api/session/${sessionId}/finish`, {
      method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${wsToken}` }, body: JSON.stringify(body),
    }).catch(() => {});
  }

  async #run() {
    await this.#video.play();
    const reply = await fetch("/api/session", {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ userId: this.userId() }),
    });
    if (!reply.ok) return this.onState("lost");
    this.#session = { ...(await reply.json()), started: performance.now(), sent: 0, received: 0 };
    this.#running = true;
    this.#connect();
  }

  #connect() {
    const session = this.#session;
    const socket = new WebSocket(`${session.wsUrl}?token=${session.wsToken}`);
    this.#socket = socket;
    this.#inFlight = 0;
    let opened = false;
    socket.onopen = () => { opened = true; this.#renewal = setTimeout(() => this.#renew(), RENEW_AFTER); this.#pump(); };
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = () => {
      clearTimeout(this.#renewal);
      if (!this.#running || socket !== this.#socket) return;
      this.onState(opened ? "lost" : "modelMissing");
      setTimeout(() => this.#running && this.#connect(), 1500 + 1500 * Math.random());
    };
  }

  /** A new token before the old one ends; the new connection takes over, the old one is closed then. */
  async #renew() {
    const { sessionId, wsToken } = this.#session;
    const reply = await fetch(`/api/session/${sessionId}/refresh`, { method: "POST", headers: { authorization: `Bearer ${wsToken}` } });
    if (!reply.ok) return;
    this.#session.wsToken = (await reply.json()).wsToken;
    const old = this.#socket;
    this.#connect();
    old.close(1000);
  }

  /** Sends a frame when fewer than MAX_IN_FLIGHT are on their way: the server's speed sets the rate. */
  async #pump() {
    if (!this.#running || this.#socket.readyState !== WebSocket.OPEN || this.#inFlight >= MAX_IN_FLIGHT) return;
    const { videoWidth, videoHeight } = this.#video;
    if (!videoWidth) return void setTimeout(() => this.#pump(), 100);
    this.#inFlight++;
    const scale = Math.min(1, LONG_SIDE / Math.max(videoWidth, videoHeight));
    this.#grab.width = Math.round(videoWidth * scale);
    this.#grab.height = Math.round(videoHeight * scale);
    this.#grab.getContext("2d").drawImage(this.#video, 0, 0, this.#grab.width, this.#grab.height);
    const blob = await new Promise((resolve) => this.#grab.toBlob(resolve, "image/jpeg", QUALITY));
    if (!this.#running || this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(blob);
    this.#session.sent++;
    this.#number++;
    setTimeout(() => this.#pump(), 33);
  }

  #receive(message) {
    if (!["analysis", "dropped", "error"].includes(message.type)) return;
    this.#inFlight = Math.max(0, this.#inFlight - 1);
    if (message.type === "analysis") {
      this.#session.received++;
      this.#times.push(performance.now());
      this.#times = this.#times.filter((at) => performance.now() - at < 2000);
      this.#draw(message);
      this.onAnalysis(message, this.#times.length / 2);
    }
    this.#pump();
  }

  #draw(analysis) {
    const canvas = this.#canvas, context = canvas.getContext("2d");
    if (canvas.width !== this.#video.videoWidth) { canvas.width = this.#video.videoWidth; canvas.height = this.#video.videoHeight; }
    context.clearRect(0, 0, canvas.width, canvas.height);
    const points = Object.fromEntries((analysis.keypoints ?? []).filter((point) => point.confidence > 0.4).map((point) => [point.name, point]));
    context.lineWidth = Math.max(2, canvas.height / 160);
    context.lineCap = "round";
    for (const [from, to] of BONES) {
      const [a, b] = [points[from], points[to]];
      if (!a || !b) continue;
      context.strokeStyle = analysis[PART_OF[from.split("_")[1]]] === "bad" ? "#ff6b5e" : "#5fe3a1";
      context.beginPath();
      context.moveTo(a.x * canvas.width, a.y * canvas.height);
      context.lineTo(b.x * canvas.width, b.y * canvas.height);
      context.stroke();
    }
  }
}
