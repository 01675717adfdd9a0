// Words of the page in English. The Korean file has the same keys; a test compares them.
export default {
  skip: "Skip to content",
  connecting: "Connecting", live: "Live", lost: "Reconnecting",
  settings: "Settings", voice: "Voice", voiceOn: "Voice is on", noVoice: "This device has no English voice",
  theme: "Theme", themeAuto: "auto", themeDark: "dark", themeLight: "light", docs: "API docs",
  demo: "Demo", demoExplained: "A simulated person is squatting. Start the camera or connect insoles to see yourself.",

  coach: "Coach", waiting: "Connect insoles or a camera to begin", ready: "Ready. Start squatting",
  squat: "Squat", reps: "reps", repsLabel: "Repetitions", depth: "Depth", depthUnknown: "Depth not known",
  tempo: "Tempo", down: "down", up: "up", seconds: "s", tempoNone: "Shown after the first rep",
  form: "Form score", lastRep: "Last rep",
  STANDING: "Standing", DESCENT: "Going down", BOTTOM: "Bottom", ASCENT: "Coming up", UNKNOWN: "Waiting",
  source_pose: "seen by the camera", source_load: "felt by the insoles", source_rule: "guessed from pressure",

  posture: "Posture by body part", lumbar: "Back", knee: "Knees", ankle: "Ankles",
  good: "Good", bad: "Fix this", notAssessed: "Not assessed", noData: "No data",

  feet: "Pressure under the feet", solesLabel: "Pressure map of both feet, centre of pressure and its trail of 4 seconds", toes: "toes", heel: "heel",
  balance: "Left and right", left: "Left foot", right: "Right foot", balanceUnknown: "Needs insoles that measure load on both feet",
  perSecond: "/s", secondsAgo: "s ago",
  sensor_dead: "sensor dead", unloaded: "in the air", silent: "silent",

  camera: "Camera", figureLabel: "Camera picture and joints", elsewhere: "Camera on another device",
  cameraInvite: "Step back until your whole body is in view", cameraPrivate: "Pictures go to this server only and are not kept",
  cameraStart: "Start camera", videoFile: "Video file", cameraFlip: "Flip camera", cameraStop: "Stop",
  cameraDenied: "The camera cannot be used. Allow it in the browser", cameraNone: "This device has no camera",
  cameraInsecure: "Browsers open the camera on https or localhost only. A video file works",
  videoBad: "This video cannot be played", modelMissing: "No pose model yet. Run squirret models install on the server",
  cameraLost: "Reconnecting to the inference server", cameraBusy: "The server is busy, trying again soon", cameraStarting: "Starting the camera",
  noPerson: "Nobody in view", framesPerSecond: "frames/s", dropped: "skipped", simulated: "simulated person",

  history: "Score over time", chartLabel: "Form score of the last three minutes and the score of each rep", repList: "Latest reps", noReps: "No reps yet",
  number: "", score: "pts",
  report: "Open the report", reportFailed: "The report cannot be opened now. Try again",

  setup: "Set up", calibrate: "Calibrate standing", calibrateHelp: "Stand still with even weight for 5 seconds; you are judged against that stance.",
  standStill: "Stand still", calibrated: "Calibrated", notCalibrated: "You moved. It calibrates once you stand still",
  restart: "Start over", restartHelp: "Counts reps from zero again.", restarted: "Counting from zero",
  deviceId: "Insole device ID", bind: "Connect", bound: "Connected", bindFailed: "Not connected", taken: "Another session took this insole",
  notConnected: "No connection to the server",
  privacy: "Pictures and data never leave this server.",

  rule_front_share: "Weight forward", rule_inner_share: "Weight inward", rule_outer_share: "Weight outward", rule_heel_share: "Heel load",
  rule_rear_share: "Rear load", rule_inner_outer_diff: "Inside/outside", rule_left_right_diff: "Left/right", rule_cop_forward: "Centre forward",
  rule_heel_lift: "Heels lift", rule_depth: "Depth", rule_knee_separation: "Knees in", rule_knee_projection_angle: "Knee angle",
  rule_trunk_lean: "Leaning", rule_trunk_sideways: "Leaning sideways", rule_hip_shift: "Hips shift", rule_back_rounding: "Back rounds",
  rule_descent_tempo: "Too fast", rule_side_difference: "Uneven sides",
};
