// Wires the page: session, streams and camera to what a person sees and hears.
import { CameraView } from "./camera-view.js";
import { CoachView } from "./coach-view.js";
import { Cue } from "./cue.js";
import { put, the } from "./dom.js";
import { feed } from "./feed.js";
import { FeetView } from "./feet-view.js";
import { keepShell } from "./install.js";
import { HistoryView } from "./history-view.js";
import { PastView } from "./past-view.js";
import { Plan } from "./plan.js";
import { ReportView } from "./report-view.js";
import { Session } from "./session.js";
import { SetupView } from "./setup-view.js";
import { Stomp } from "./stomp.js";
import { current, onLanguage, other, speak, t, wireText } from "./text.js";
import { colours, switchThemes } from "./theme.js";
import { Voice } from "./voice.js";
import { Workout } from "./workout.js";

const TICK_MS = 120;
const SEEN_MS = 2_000;

the("main", HTMLElement).hidden = false;

const session = new Session();
const [cue, feet, history, voice, past] = [new Cue(), new FeetView(), new HistoryView(), new Voice(), new PastView(session)];
const coach = new CoachView(cue);
const report = new ReportView(session);
let seenAt = -Infinity;

/** A frame was judged, of the own camera or of another. @type {(analysis: import("./types.js").Analysis, now: number) => void} */
function judged(analysis, now) {
  if (analysis.person) seenAt = now;
  coach.analysis(analysis, now);
  workout.analysis(analysis, now);
  cue.reason(analysis.notCounting ?? (analysis.person ? undefined : "no_person"), now);
}

const camera = new CameraView(session, cue, {
  judged,
  filmBegins: () => stomp.event("start"),
  filmEnds: () => report.go(),
});
const views = [feet, history, camera];

/** @type {Record<string, (message: any, now: number) => void>} */
const MESSAGES = {
  DATA({ payload }, now) {
    for (const view of [coach, feet, report]) view.data(payload, now);
    workout.data(payload, now);
    if (now - seenAt > SEEN_MS) cue.reason(payload.notCounting, now);
  },
  voice(message, now) {
    // A film cannot follow instructions, and a workout gives its own before and after a set.
    if (!workout.listens || (camera.showsFilm && message.kind === "instruction")) return;
    cue.say(message, now);
    voice.say(cue.words(message));
  },
  REP({ payload }, now) {
    coach.rep(payload);
    history.rep(payload, now);
    workout.rep(payload);
  },
  DEVICE({ payload: { side, state } }) {
    if (side === "left" || side === "right") feet.device(side, state);
    else if (state === "taken") setup.taken();
  },
  UNCOUNTED({ payload: { reason } }, now) { cue.say({ text: wireText("why_", reason), kind: "block" }, now); },
  UNEVEN_STAND({ payload: { leftLoad } }) { setup.uneven(leftLoad); },
  CALIBRATED() {
    setup.calibrated();
    workout.calibrated();
  },
};

/** @type {"waiting" | "live" | "lost"} */
let connection = "waiting";
function showConnection() {
  const words = /** @type {const} */ ({ waiting: "connecting", live: "live", lost: "lost" })[connection];
  the("connection", HTMLElement).dataset.state = connection;
  put(the("connection", HTMLElement), t(words));
  cue.block("connection", connection !== "lost" ? null : navigator.onLine ? "connectionLost" : "offline");
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
    if (state !== "live") return;
    camera.hurry();
    askForDemo();
    past.refresh();
  },
});
const setup = new SetupView(session, stomp, { feet: () => feet.sends, person: () => performance.now() - seenAt < SEEN_MS });
const workout = new Workout({ camera, stomp, voice, cue, plan: new Plan(), report, ended: () => past.refresh() });
feed("/ws/fsr-data", session, (message) => feet.update(message, performance.now()));
feed("/ws/analysis", session, (message) => { if (message.type === "analysis") camera.elsewhere(message, performance.now()); });
session.addEventListener("replaced", (event) => {
  put(the("notice", HTMLElement), /** @type {CustomEvent} */ (event).detail.wanted ? "" : t("sessionReplaced"));
});

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
addEventListener("offline", showConnection);
addEventListener("online", showConnection);
setInterval(() => { for (const view of [coach, feet, camera, workout]) view.tick(performance.now()); }, TICK_MS);
requestAnimationFrame(paint);
keepShell();
