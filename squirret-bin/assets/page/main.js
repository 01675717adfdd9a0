// Wires the page: session, streams and camera to what a person sees and hears.
import { CameraView } from "./camera-view.js";
import { CoachView } from "./coach-view.js";
import { put, the } from "./dom.js";
import { feed } from "./feed.js";
import { FeetView } from "./feet-view.js";
import { HistoryView } from "./history-view.js";
import { ReportView } from "./report-view.js";
import { Session } from "./session.js";
import { SetupView } from "./setup-view.js";
import { Stomp } from "./stomp.js";
import { current, onLanguage, other, speak, t } from "./text.js";
import { colours, switchThemes } from "./theme.js";
import { Voice } from "./voice.js";

const TICK_MS = 120;

the("main", HTMLElement).hidden = false;

const session = new Session();
const [coach, feet, history, voice] = [new CoachView(), new FeetView(), new HistoryView(), new Voice()];
const camera = new CameraView(session, (analysis, now) => coach.analysis(analysis, now));
const views = [feet, history, camera];
const report = new ReportView(session);

/** @type {Record<string, (message: any, now: number) => void>} */
const MESSAGES = {
  DATA({ payload }, now) { for (const view of [coach, feet, history, report]) view.data(payload, now); },
  voice(message) { voice.say(coach.say(message)); },
  REP({ payload }, now) {
    coach.rep(payload);
    history.rep(payload, now);
  },
  DEVICE({ payload: { side, state } }) {
    if (side === "left" || side === "right") feet.device(side, state);
    else if (state === "taken") setup.taken();
  },
  CALIBRATED() { setup.calibrated(); },
};

/** @type {"waiting" | "live" | "lost"} */
let connection = "waiting";
function showConnection() {
  const words = /** @type {const} */ ({ waiting: "connecting", live: "live", lost: "lost" })[connection];
  the("connection", HTMLElement).dataset.state = connection;
  put(the("connection", HTMLElement), t(words));
}

/** Says that what is seen is simulated, if it is. */
async function askForDemo() {
  try {
    /** @type {import("./types.js").Readiness} */
    const ready = await (await fetch("/readyz")).json();
    the("demo", HTMLElement).hidden = !ready.demo;
  } catch { /* asked again when the connection is back */ }
}

const stomp = new Stomp(session, {
  received: (message) => MESSAGES[message.type]?.(message, performance.now()),
  state(state) {
    // Between two attempts it stays "lost" until it really is back.
    if (state === "waiting" && connection === "lost") return;
    connection = state;
    showConnection();
    if (state === "live") askForDemo();
  },
});
const setup = new SetupView(session, stomp);
feed("/ws/fsr-data", session, (message) => feet.update(message, performance.now()));
feed("/ws/analysis", session, (message) => { if (message.type === "analysis") camera.elsewhere(message, performance.now()); });

function paint(/** @type {number} */ now) {
  const look = colours();
  for (const view of views) view.draw(now, look);
  requestAnimationFrame(paint);
}

const language = the("language", HTMLButtonElement);
language.onclick = () => speak(other());
switchThemes();
onLanguage(() => {
  put(language, other() === "ko" ? "한국어" : "English");
  language.lang = other();
  showConnection();
});
// Canvases take their colours anew when the theme changes.
const changed = () => { for (const view of views) view.refresh(); };
new MutationObserver(changed).observe(document.documentElement, { attributeFilter: ["data-theme", "lang"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
speak(current());
setInterval(() => { for (const view of [coach, feet, camera]) view.tick(performance.now()); }, TICK_MS);
requestAnimationFrame(paint);
