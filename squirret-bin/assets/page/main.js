// Wires the page: the session, the insole stream, the STOMP pushes and the camera, to what a person sees and hears.
import { Camera } from "./camera.js";
import { Chart } from "./chart.js";
import { Insole, Rates } from "./insole.js";
import { openSession } from "./session.js";
import { Soles } from "./soles.js";
import { Stomp } from "./stomp.js";
import { current, speak, t } from "./text.js";

const $ = (id) => document.getElementById(id);
const SIDES = ["left", "right"];
// A foot that says nothing for this long is shown as such (ms): the server forgets it then, too.
const SILENT_AFTER = 10_000;

const soles = new Soles($("soles"));
const chart = new Chart($("chart"));
const rates = new Rates();
const state = { session: null, feet: {}, device: {}, marks: {}, connection: "waiting", cameraState: null, hears: false };
let stomp;

function style() {
  const css = getComputedStyle(document.documentElement);
  return Object.fromEntries(["sole", "line", "ink", "card", "accent"].map((name) => [name, css.getPropertyValue(`--${name}`).trim()]));
}

function connection(next) {
  state.connection = next;
  $("connection").dataset.state = next;
  $("connection").textContent = t(next === "waiting" ? "connecting" : next);
}

function say(text) {
  $("cue").textContent = text;
  delete $("cue").dataset.t;
  if (!state.hears || !window.speechSynthesis) return;
  const words = new SpeechSynthesisUtterance(text);
  words.lang = current() === "ko" ? "ko-KR" : "en-US";
  speechSynthesis.speak(words);
}

function showMarks(marks) {
  for (const item of $("parts").children) {
    const mark = marks[item.dataset.part] ?? "null";
    item.dataset.mark = mark;
    item.lastElementChild.textContent = t(mark === "null" ? "notAssessed" : mark);
    item.lastElementChild.dataset.t = mark === "null" ? "notAssessed" : mark;
  }
}

function showStage({ stage, reps, depth }) {
  if (stage) $("stage").textContent = t(stage);
  if (reps !== undefined) $("reps").textContent = reps;
  const known = typeof depth === "number";
  $("depth").value = known ? Math.min(1, depth) : 0;
  $("depth-text").textContent = known ? `${Math.round(depth * 100)} %` : "–";
}

const MESSAGES = {
  DATA({ payload }) {
    showMarks(payload.ai);
    showStage(payload);
    const score = payload.value > 0 ? payload.value * 100 : null;
    chart.value(performance.now(), score);
    $("score").textContent = score === null ? "–" : Math.round(score);
  },
  voice({ text }) { say(text); },
  REP({ payload }) {
    chart.rep(performance.now(), payload.score);
    $("reps").textContent = payload.number;
    const [down, up] = [payload.descentSeconds, payload.ascentSeconds];
    $("tempo").textContent = `${down.toFixed(1)} / ${up.toFixed(1)} ${t("seconds")}`;
    const item = document.createElement("li");
    item.textContent = `${payload.number}. ${Math.round(payload.score)} · ${t("down")} ${down.toFixed(1)} ${t("seconds")}, ${t("up")} ${up.toFixed(1)} ${t("seconds")}`;
    $("rep-list").prepend(item);
    while ($("rep-list").children.length > 12) $("rep-list").lastElementChild.remove();
  },
  DEVICE({ payload }) { if (payload.side) state.device[payload.side] = payload.state; },
};

function showFeet(feet) {
  const now = performance.now();
  for (const side of SIDES) {
    rates.update(side, feet[side], now);
    state.feet[side] = feet[side];
    soles.update(side, feet[side], now);
  }
}

function showDevices(now) {
  for (const side of SIDES) {
    const item = $(`device-${side}`), words = item.lastElementChild;
    const { perSecond, age } = rates.of(side, now);
    if (state.feet[side] && age > SILENT_AFTER) { state.feet[side] = null; soles.update(side, null, now); }
    const fault = ["sensor_dead", "unloaded"].includes(state.device[side]) ? state.device[side] : null;
    const live = state.feet[side] && age < SILENT_AFTER;
    item.dataset.state = live ? fault ?? "live" : "silent";
    words.textContent = live ? (fault ? t(fault) : `${perSecond.toFixed(1)} ${t("hz")}`) : t("noData");
  }
}

/** Left and right from the volts, when the insoles send them: ratios of one foot say nothing about the other. */
function showBalance() {
  const load = SIDES.map((side) => {
    const foot = state.feet[side];
    if (foot?.voltage1 === undefined) return null;
    return [1, 2, 3, 4, 5, 6].reduce((sum, sensor) => sum + foot[`voltage${sensor}`] / (3.3001 - foot[`voltage${sensor}`]), 0);
  });
  const known = load[0] !== null && load[1] !== null && load[0] + load[1] > 0;
  const right = known ? (100 * load[1]) / (load[0] + load[1]) : 50;
  $("balance").value = right;
  $("balance-text").textContent = known ? `${Math.round(100 - right)} : ${Math.round(right)}` : "–";
}

const camera = new Camera({
  video: $("video"), canvas: $("skeleton"),
  userId: () => state.session.sessionId,
  onAnalysis(analysis, perSecond) {
    showMarks(analysis);
    showStage(analysis);
    $("camera-state").textContent = analysis.person === false ? t("noPerson")
      : `${analysis.model} · ${perSecond.toFixed(0)} ${t("framesPerSecond")} · ${Math.round(analysis.latencyMs)} ms`;
  },
  onState(key) { $("camera-state").textContent = t(key); },
});

function cameraRuns(running) {
  $("camera-stop").hidden = !running;
  $("camera-empty").hidden = running;
}

async function calibrate() {
  const button = $("calibrate");
  button.disabled = true;
  stomp?.send("CLIENT_EVENT", { name: "calibrate", ts: Date.now() / 1000 });
  for (let left = 5; left > 0; left--) {
    button.textContent = `${t("standStill")} ${left}`;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  button.textContent = t("calibrate");
  button.disabled = false;
}

async function bind(event) {
  event.preventDefault();
  const reply = await fetch(`/api/session/${state.session.sessionId}/devices`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${state.session.wsToken}` },
    body: JSON.stringify({ deviceId: $("device-id").value.trim() }),
  }).catch(() => ({ ok: false }));
  $("bind-result").textContent = t(reply.ok ? "bound" : "bindFailed");
}

function changeLanguage(language) {
  speak(language);
  $("language").textContent = language === "ko" ? "English" : "한국어";
  $("language").lang = language === "ko" ? "en" : "ko";
  connection(state.connection);
  stomp?.send("CLIENT_EVENT", { name: "language", lang: language, ts: Date.now() / 1000 });
}

function paint(now) {
  const looks = style();
  soles.draw(now, looks);
  chart.draw(now, looks);
  requestAnimationFrame(paint);
}

function listen() {
  $("language").onclick = () => changeLanguage(current() === "ko" ? "en" : "ko");
  $("sound").onclick = () => { state.hears = !state.hears; $("sound").setAttribute("aria-pressed", state.hears); };
  $("calibrate").onclick = calibrate;
  $("bind").onsubmit = bind;
  $("camera-start").onclick = () => { cameraRuns(true); camera.startCamera(); };
  $("video-file").onchange = ({ target }) => { if (target.files[0]) { cameraRuns(true); camera.startFile(target.files[0]); } };
  $("camera-stop").onclick = () => { cameraRuns(false); camera.stop(); };
  addEventListener("pagehide", () => camera.stop());
  setInterval(() => { showDevices(performance.now()); showBalance(); }, 250);
}

async function connect() {
  for (let pause = 500; ; pause = Math.min(pause * 2, 15_000)) {
    try {
      state.session = await openSession();
      break;
    } catch {
      connection("lost");
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
    }
  }
  const insole = new Insole(state.session, showFeet);
  stomp = new Stomp(state.session, {
    onMessage: (message) => MESSAGES[message.type]?.(message),
    onState: connection,
    onSession(session) { state.session = session; insole.use(session); },
  });
}

changeLanguage(current());
listen();
requestAnimationFrame(paint);
connect();
