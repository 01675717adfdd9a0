// Words of the page in both languages. A key that one language lacks is a bug; the page's test compares them.
export const TEXT = {
  ko: {
    skip: "본문으로", connecting: "연결 중", live: "연결됨", lost: "연결이 끊겼습니다. 다시 연결하는 중",
    settings: "설정", sound: "음성", docs: "API 문서", coach: "코치",
    welcome: "깔창이나 카메라를 연결하면 바로 시작합니다.",
    stage: "단계", reps: "횟수", score: "점수", tempo: "템포", depth: "깊이", posture: "자세",
    lumbar: "허리", knee: "무릎", ankle: "발목",
    good: "좋음", bad: "고쳐야 함", notAssessed: "평가 안 함",
    calibrate: "바로 서서 보정하기", standStill: "가만히 서 계세요",
    feet: "발바닥 압력", solesLabel: "발바닥 압력 지도", balance: "좌우 균형",
    left: "왼발", right: "오른발", noData: "데이터 없음", hz: "회/초",
    sensor_dead: "센서 고장", unloaded: "발이 떠 있음", silent: "신호 없음",
    deviceId: "기기 ID", bind: "연결", bound: "연결했습니다", bindFailed: "연결하지 못했습니다",
    camera: "카메라", skeletonLabel: "관절", cameraEmpty: "온몸이 보이게 서세요. 사진은 이 서버로만 갑니다.",
    cameraStart: "카메라 켜기", videoFile: "영상 파일", cameraStop: "끄기",
    cameraDenied: "카메라를 쓸 수 없습니다", modelMissing: "자세 모델이 아직 없습니다",
    noPerson: "사람이 보이지 않습니다", framesPerSecond: "장/초",
    history: "점수", chartLabel: "점수 그래프", repList: "반복", privacy: "사진과 데이터는 이 서버 밖으로 나가지 않습니다.",
    STANDING: "서기", DESCENT: "내려가기", BOTTOM: "바닥", ASCENT: "올라오기", UNKNOWN: "–",
    down: "내려감", up: "올라옴", seconds: "초",
  },
  en: {
    skip: "Skip to content", connecting: "Connecting", live: "Connected", lost: "Connection lost, trying again",
    settings: "Settings", sound: "Voice", docs: "API docs", coach: "Coach",
    welcome: "Connect insoles or a camera to begin.",
    stage: "Stage", reps: "Reps", score: "Score", tempo: "Tempo", depth: "Depth", posture: "Posture",
    lumbar: "Back", knee: "Knees", ankle: "Ankles",
    good: "good", bad: "needs work", notAssessed: "not assessed",
    calibrate: "Stand still and calibrate", standStill: "Stand still",
    feet: "Pressure under the feet", solesLabel: "Pressure map of both soles", balance: "Left and right",
    left: "Left foot", right: "Right foot", noData: "no data", hz: "/s",
    sensor_dead: "sensor dead", unloaded: "in the air", silent: "silent",
    deviceId: "Device ID", bind: "Bind", bound: "Bound", bindFailed: "Not bound",
    camera: "Camera", skeletonLabel: "Joints", cameraEmpty: "Stand so that your whole body is in view. Pictures go to this server only.",
    cameraStart: "Start camera", videoFile: "Video file", cameraStop: "Stop",
    cameraDenied: "The camera cannot be used", modelMissing: "The pose model is not there yet",
    noPerson: "Nobody in view", framesPerSecond: "frames/s",
    history: "Score", chartLabel: "Score over time", repList: "Repetitions", privacy: "Pictures and data never leave this server.",
    STANDING: "Standing", DESCENT: "Going down", BOTTOM: "Bottom", ASCENT: "Coming up", UNKNOWN: "–",
    down: "down", up: "up", seconds: "s",
  },
};

let language = localStorage.getItem("squirret.language") ?? (navigator.language.startsWith("ko") ? "ko" : "en");

/** The language now: "ko" or "en". */
export const current = () => language;

/** One text in the language now. */
export const t = (key) => TEXT[language][key] ?? key;

/** Changes the language and every marked element of the page. */
export function speak(next) {
  language = next;
  localStorage.setItem("squirret.language", next);
  document.documentElement.lang = next;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", t(element.dataset.tLabel));
}
