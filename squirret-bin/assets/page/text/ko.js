// Words of the page in Korean. The English file has the same keys; a test compares them.
export default {
  skip: "본문으로 건너뛰기",
  connecting: "연결 중", live: "실시간", lost: "다시 연결하는 중",
  settings: "설정", voice: "음성", voiceOn: "음성 안내를 켰습니다", noVoice: "이 기기에는 한국어 음성이 없습니다",
  theme: "화면", themeAuto: "자동", themeDark: "어둡게", themeLight: "밝게", docs: "API 문서",
  demo: "데모", demoExplained: "가상 인물이 스쿼트하는 중입니다. 카메라를 켜거나 깔창을 연결하면 내 데이터가 보입니다.",

  coach: "코치", waiting: "깔창이나 카메라를 연결하면 시작합니다", ready: "준비됐습니다. 스쿼트를 시작하세요",
  squat: "스쿼트", reps: "회", repsLabel: "반복 횟수", depth: "깊이", depthUnknown: "깊이 모름",
  tempo: "템포", down: "내려가기", up: "올라오기", seconds: "초", tempoNone: "한 번 하면 보입니다",
  form: "자세 점수", lastRep: "지난 반복",
  STANDING: "서기", DESCENT: "내려가기", BOTTOM: "최저점", ASCENT: "올라오기", UNKNOWN: "대기",
  source_pose: "카메라로 판단", source_load: "깔창 무게로 판단", source_rule: "깔창 압력으로 판단",

  posture: "부위별 자세", lumbar: "허리", knee: "무릎", ankle: "발목",
  good: "좋음", bad: "고치기", notAssessed: "평가 안 함", noData: "데이터 없음",

  feet: "발바닥 압력", solesLabel: "두 발의 압력 지도. 무게 중심과 최근 4초의 자취", toes: "앞", heel: "뒤",
  balance: "좌우 균형", left: "왼발", right: "오른발", balanceUnknown: "무게를 재는 깔창이 두 발에 있어야 보입니다",
  perSecond: "회/초", secondsAgo: "초 전",
  sensor_dead: "센서 고장", unloaded: "발이 떠 있음", silent: "신호 없음",

  camera: "카메라", figureLabel: "카메라 화면과 관절", elsewhere: "다른 기기의 카메라",
  cameraInvite: "온몸이 보이게 두세 걸음 물러서세요", cameraPrivate: "사진은 이 서버로만 가고 저장되지 않습니다",
  cameraStart: "카메라 켜기", videoFile: "영상 파일", cameraFlip: "카메라 바꾸기", cameraStop: "끄기",
  cameraDenied: "카메라를 쓸 수 없습니다. 브라우저에서 허용해 주세요", cameraNone: "이 기기에는 카메라가 없습니다",
  cameraInsecure: "브라우저는 https나 localhost에서만 카메라를 켭니다. 영상 파일은 쓸 수 있습니다",
  videoBad: "재생할 수 없는 영상입니다", modelMissing: "자세 모델이 아직 없습니다. 서버에서 squirret models install 을 실행하세요",
  cameraLost: "추론 서버에 다시 연결하는 중", cameraBusy: "서버가 바쁩니다. 곧 다시 시도합니다", cameraStarting: "카메라를 켜는 중",
  noPerson: "사람이 보이지 않습니다", framesPerSecond: "장/초", dropped: "건너뜀", simulated: "가상 인물",

  history: "점수 흐름", chartLabel: "최근 3분의 자세 점수와 반복별 점수", repList: "최근 반복", noReps: "아직 반복이 없습니다",
  number: "번째", score: "점",
  report: "리포트 열기", reportFailed: "지금은 리포트를 열 수 없습니다. 다시 시도해 주세요",

  setup: "준비", calibrate: "서서 보정하기", calibrateHelp: "체중을 고르게 싣고 5초 동안 가만히 서면, 그 자세를 기준으로 판단합니다.",
  standStill: "가만히 서 계세요", calibrated: "보정했습니다", notCalibrated: "움직임이 있었습니다. 가만히 서면 보정됩니다",
  restart: "새로 시작", restartHelp: "횟수를 0부터 다시 셉니다.", restarted: "처음부터 다시 셉니다",
  deviceId: "깔창 기기 ID", bind: "연결", bound: "연결했습니다", bindFailed: "연결하지 못했습니다", taken: "다른 세션이 이 깔창을 가져갔습니다",
  notConnected: "서버에 연결되지 않았습니다",
  privacy: "사진과 데이터는 이 서버 밖으로 나가지 않습니다.",

  rule_front_share: "앞쏠림", rule_inner_share: "안쪽 쏠림", rule_outer_share: "바깥 쏠림", rule_heel_share: "뒤꿈치 하중",
  rule_rear_share: "뒤쪽 하중", rule_inner_outer_diff: "안팎 차이", rule_left_right_diff: "좌우 차이", rule_cop_forward: "중심이 앞",
  rule_heel_lift: "뒤꿈치 들림", rule_depth: "깊이", rule_knee_separation: "무릎 모임", rule_knee_projection_angle: "무릎 각도",
  rule_trunk_lean: "상체 숙임", rule_trunk_sideways: "상체 기울어짐", rule_hip_shift: "골반 쏠림", rule_back_rounding: "등 굽음",
  rule_descent_tempo: "너무 빠름", rule_side_difference: "좌우 높이",
};
