// Generated from openapi.json and asyncapi.json by .ci/client.mjs: the calls of a Squirret server, and the types of what
// it sends and receives. One file without dependencies, for browsers and every runtime that has `fetch`.

/** An answer that is not a success: its status, and the server's code and reason. */
export class SquirretError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** How a call is made: with which session's token, and what `fetch` may be told besides. */
export type CallOptions = { token?: string; signal?: AbortSignal; keepalive?: boolean };

/** The calls of one server. */
export class Squirret {
  readonly #base: string;

  /** `base`: the server's address without a slash at its end; empty for the page's own. */
  constructor(base = "") {
    this.#base = base;
  }

  /** Start a guest's session. `POST /internal/session` */
  issueGuest(options: CallOptions = {}): Promise<SessionReply> {
    return this.#json("POST", `/internal/session`, {}, undefined, options);
  }

  /** Make a guest's session a user's. `POST /auth/upgrade` */
  upgrade(body: UpgradeBody, options: CallOptions = {}): Promise<SessionReply> {
    return this.#json("POST", `/auth/upgrade`, {}, body, options);
  }

  /** Start an inference session. `POST /api/session` */
  createInference(body: CreateBody, options: CallOptions = {}): Promise<InferenceCreated> {
    return this.#json("POST", `/api/session`, {}, body, options);
  }

  /** Get a fresh token. `POST /api/session/{id}/refresh` */
  refresh(id: string, options: CallOptions = {}): Promise<SessionReply> {
    return this.#json("POST", `/api/session/${encodeURIComponent(id)}/refresh`, {}, undefined, options);
  }

  /** End a session. `POST /api/session/{id}/finish` */
  finish(id: string, body: FinishBody, query: { lang?: string } = {}, options: CallOptions = {}): Promise<Finished> {
    return this.#json("POST", `/api/session/${encodeURIComponent(id)}/finish`, query, body, options);
  }

  /** List the session's insoles, and whether they send. `GET /api/session/{id}/devices` */
  listDevices(id: string, options: CallOptions = {}): Promise<DeviceList> {
    return this.#json("GET", `/api/session/${encodeURIComponent(id)}/devices`, {}, undefined, options);
  }

  /** Bind a pair of insoles. `POST /api/session/{id}/devices` */
  bindDevice(id: string, body: DeviceBody, options: CallOptions = {}): Promise<DeviceReply> {
    return this.#json("POST", `/api/session/${encodeURIComponent(id)}/devices`, {}, body, options);
  }

  /** Unbind a pair of insoles. `DELETE /api/session/{id}/devices` */
  unbindDevice(id: string, body: DeviceBody, options: CallOptions = {}): Promise<DeviceReply> {
    return this.#json("DELETE", `/api/session/${encodeURIComponent(id)}/devices`, {}, body, options);
  }

  /** What a session came to. `GET /api/session/{id}/report` */
  report(id: string, query: { format?: "html" | "json" | "csv"; workout?: string; lang?: string; tz?: string } = {}, options: CallOptions = {}): Promise<Response> {
    return this.#call("GET", `/api/session/${encodeURIComponent(id)}/report`, query, undefined, options);
  }

  /** A link that opens the report for a day. `POST /api/session/{id}/report/link` */
  reportLink(id: string, options: CallOptions = {}): Promise<ReportLink> {
    return this.#json("POST", `/api/session/${encodeURIComponent(id)}/report/link`, {}, undefined, options);
  }

  /** A report by a link. `GET /api/report/{link}` */
  linkedReport(link: string, query: { format?: "html" | "json" | "csv"; workout?: string; lang?: string; tz?: string; seal?: string } = {}, options: CallOptions = {}): Promise<Response> {
    return this.#call("GET", `/api/report/${encodeURIComponent(link)}`, query, undefined, options);
  }

  /** List a person's workouts. `GET /api/session/{id}/workouts` */
  listWorkouts(id: string, query: { lang?: string } = {}, options: CallOptions = {}): Promise<WorkoutList> {
    return this.#json("GET", `/api/session/${encodeURIComponent(id)}/workouts`, query, undefined, options);
  }

  /** Delete everything that is kept of a person. `DELETE /api/session/{id}/workouts` */
  deleteWorkouts(id: string, options: CallOptions = {}): Promise<Deleted> {
    return this.#json("DELETE", `/api/session/${encodeURIComponent(id)}/workouts`, {}, undefined, options);
  }

  /** List a person's workouts by a link. `GET /api/workouts/{link}` */
  listLinkedWorkouts(link: string, query: { lang?: string; seal?: string } = {}, options: CallOptions = {}): Promise<WorkoutList> {
    return this.#json("GET", `/api/workouts/${encodeURIComponent(link)}`, query, undefined, options);
  }

  /** Delete everything that is kept of a person, by a link. `DELETE /api/workouts/{link}` */
  deleteLinkedWorkouts(link: string, query: { seal?: string } = {}, options: CallOptions = {}): Promise<Deleted> {
    return this.#json("DELETE", `/api/workouts/${encodeURIComponent(link)}`, query, undefined, options);
  }

  /** Everything that is kept of a person. `GET /api/user/{id}` */
  exportUser(id: string, options: CallOptions = {}): Promise<UserData> {
    return this.#json("GET", `/api/user/${encodeURIComponent(id)}`, {}, undefined, options);
  }

  /** Forget everything of a person. `DELETE /api/user/{id}` */
  deleteUser(id: string, options: CallOptions = {}): Promise<Deleted> {
    return this.#json("DELETE", `/api/user/${encodeURIComponent(id)}`, {}, undefined, options);
  }

  /** A code for another phone of a user. `POST /api/user/{id}/pairing` */
  pair(id: string, options: CallOptions = {}): Promise<Pairing> {
    return this.#json("POST", `/api/user/${encodeURIComponent(id)}/pairing`, {}, undefined, options);
  }

  /** Send insole samples. `POST /api/fsr_data` */
  upload(body: Upload, options: CallOptions = {}): Promise<Accepted> {
    return this.#json("POST", `/api/fsr_data`, {}, body, options);
  }

  /** Read the newest samples. `GET /api/fsr_data/latest` */
  latest(query: { sessionId?: SessionId } = {}, options: CallOptions = {}): Promise<Snapshot> {
    return this.#json("GET", `/api/fsr_data/latest`, query, undefined, options);
  }

  /** Read the insole's judgement. `GET /api/fsr_data/feedback` */
  feedback(query: { sessionId?: SessionId; lang?: string } = {}, options: CallOptions = {}): Promise<Feedback> {
    return this.#json("GET", `/api/fsr_data/feedback`, query, undefined, options);
  }

  /** Read both judgements. `GET /api/fsr_data/feedback/combined` */
  combined(query: { sessionId?: SessionId; lang?: string } = {}, options: CallOptions = {}): Promise<Combined> {
    return this.#json("GET", `/api/fsr_data/feedback/combined`, query, undefined, options);
  }

  /** Can it do its work?. `GET /readyz` */
  ready(options: CallOptions = {}): Promise<Readiness> {
    return this.#json("GET", `/readyz`, {}, undefined, options);
  }

  async #json<T>(method: string, path: string, query: Record<string, unknown>, body: unknown, options: CallOptions): Promise<T> {
    return (await this.#call(method, path, query, body, options)).json();
  }

  async #call(method: string, path: string, query: Record<string, unknown>, body: unknown, { token, ...more }: CallOptions): Promise<Response> {
    const headers: Record<string, string> = {};
    if (token) headers["authorization"] = `Bearer ${token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = given.length ? `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}` : "";
    const reply = await fetch(this.#base + path + search, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), ...more });
    if (reply.ok) return reply;
    const problem = await reply.json().catch(() => ({}));
    throw new SquirretError(reply.status, problem.code ?? "", problem.message ?? reply.statusText);
  }
}

/** A session's id: a random UUID in its hyphenated form. Whoever knows it may be taken for its owner while `auth.mode` is `open`. */
export type SessionId = string;

/** A foot. */
export type Side = "left" | "right";

/** A body part's state. `"null"`, a string, is "not assessed": it is neither praise nor blame. */
export type Mark = "good" | "bad" | "null";

/** Lower back, knees, ankles. Always strings. */
export type Marks = {
  lumbar: Mark;
  knee: Mark;
  ankle: Mark;
};

/** Why there is no repetition, or why squats are not counted now. More reasons may be added. */
export type NotCounting = "no_person" | "not_visible" | "phone_turned" | "not_standing" | "stepping" | "too_shallow" | "too_short" | "stays_down" | "one_sided" | "trunk_down" | "turning" | "sitting" | "lost" | "no_squat" | "no_force" | "no_voltages" | "one_foot" | "few_samples" | "saturated" | "unloaded" | "missing_samples" | "no_input";

/** Where in the squat the person is. */
export type Stage = "STANDING" | "DESCENT" | "BOTTOM" | "ASCENT" | "UNKNOWN";

/** The newest sample of one foot: per cent of the foot's sum at each of its six sensors. */
export type Foot = {
  side: Side;
  /** Heel, lateral. */
  ratio1: number;
  /** Midfoot, lateral. */
  ratio2: number;
  /** Midfoot, lateral. */
  ratio3: number;
  /** Forefoot, lateral (little toe). */
  ratio4: number;
  /** Heel, medial. */
  ratio5: number;
  /** Forefoot, medial (big toe). */
  ratio6: number;
  /** Relative force of the whole foot, to be compared with the other foot's or another moment's; not calibrated. Left out when the sample has no voltages. */
  load?: number;
  /** When it was measured, epoch seconds. */
  ts: number;
  /** How long ago that was, milliseconds. */
  ageMs: number;
};

/** Both feet. A foot that never reported, or not within 10 s, is null. Every snapshot is complete in itself. */
export type Snapshot = {
  left: Foot | null;
  right: Foot | null;
};

/** One judgement with its evidence. */
export type Verdict = {
  /** What was judged. */
  rule: "front_share" | "inner_share" | "outer_share" | "heel_share" | "rear_share" | "inner_outer_diff" | "left_right_diff" | "cop_forward" | "heel_lift" | "depth" | "knee_separation" | "knee_projection_angle" | "trunk_lean" | "trunk_sideways" | "hip_shift" | "back_rounding" | "descent_tempo" | "side_difference";
  assessment: "good" | "warning" | "bad" | "not_assessed";
  /** Why it was not assessed; only with `not_assessed`. */
  reason?: "no_data" | "view" | "not_visible" | "no_baseline" | "stage" | "sensor" | "skeleton" | "noise" | "phone_turned";
  /** What was measured, in `unit`. Left out when nothing was. */
  value?: number;
  /** What it was held against, in `unit`. */
  threshold?: number;
  unit: "percent" | "degrees" | "seconds" | "ratio";
  source: "insole" | "camera" | "both";
  confidence: number;
};

/** What went wrong, for programs. `UNKNOWN_TYPE` occurs in WebSocket messages only. */
export type ErrorCode = "VALIDATION_ERROR" | "MALFORMED_JSON" | "INVALID_STATUS" | "UNKNOWN_TYPE" | "UNAUTHORIZED" | "FORBIDDEN" | "DEVICE_NOT_BOUND" | "NOT_FOUND" | "SESSION_NOT_FOUND" | "METHOD_NOT_ALLOWED" | "REQUEST_TIMEOUT" | "SESSION_CONFLICT" | "SESSION_FINISHED" | "PAYLOAD_TOO_LARGE" | "UNSUPPORTED_MEDIA_TYPE" | "RATE_LIMITED" | "INTERNAL" | "OVERLOADED" | "MODEL_UNAVAILABLE" | "MODEL_LOADING";

/** Joint angles, degrees. What is not visible is left out. */
export type Angles = {
  /** Knee, 180 is straight. */
  leftKnee?: number;
  /** Knee, 180 is straight. */
  rightKnee?: number;
  /** Hip, 180 is straight. */
  leftHip?: number;
  /** Hip, 180 is straight. */
  rightHip?: number;
  /** From the vertical. */
  trunk?: number;
};

/** One point of the skeleton. */
export type Keypoint = {
  name: "nose" | "left_eye_inner" | "left_eye" | "left_eye_outer" | "right_eye_inner" | "right_eye" | "right_eye_outer" | "left_ear" | "right_ear" | "mouth_left" | "mouth_right" | "left_shoulder" | "right_shoulder" | "left_elbow" | "right_elbow" | "left_wrist" | "right_wrist" | "left_pinky" | "right_pinky" | "left_index" | "right_index" | "left_thumb" | "right_thumb" | "left_hip" | "right_hip" | "left_knee" | "right_knee" | "left_ankle" | "right_ankle" | "left_heel" | "right_heel" | "left_foot_index" | "right_foot_index";
  /** Right, in widths of the picture; [0,1] inside it. */
  x: number;
  /** Down, in heights of the picture. */
  y: number;
  confidence: number;
};

/** One repetition. Further fields may come. */
export type Rep = {
  number: number;
  /** Begin of the descent, epoch milliseconds. */
  start: number;
  /** Back at standing, epoch milliseconds. */
  end: number;
  /** 1 is thigh parallel. */
  depth: number;
  descentSeconds: number;
  bottomSeconds: number;
  ascentSeconds: number;
  /** 100 minus weighted faults. */
  score: number;
  verdicts: Verdict[];
};

/** Asks for a PONG. */
export type Ping = {
  type: "PING";
  payload?: {
    /** The app's time, as it likes to count it; comes back as it was. */
    ts?: number;
  } | null;
};

/** Something happened in the app. */
export type ClientEvent = {
  type: "CLIENT_EVENT";
  payload: {
    /** `start`, `stop` and `calibrate` act on the coach; any other stands in the session's record. */
    name: string;
    /** The app's time, as it likes to count it; comes back as it was. */
    ts?: number;
  };
};

/** Extends the connection beyond its first token. */
export type TokenRenewal = {
  type: "TOKEN";
  payload: {
    /** A fresh token of this session. */
    token: string;
  };
};

/** Answers PING. */
export type Pong = {
  type: "PONG";
  payload: {
    /** The app's time, as it likes to count it; comes back as it was. */
    ts?: number;
    /** The server's time, epoch seconds. */
    serverTs: number;
  };
};

/** Answers CLIENT_EVENT, and TOKEN with the name `token`. */
export type Ack = {
  type: "ACK";
  payload: {
    name: string;
    /** The app's time as it came, else the server's in epoch seconds. */
    ts: number;
  };
};

/** Answers what was not understood; the connection stays. */
export type MessageError = {
  type: "ERROR";
  payload: {
    code: ErrorCode;
    message: string;
  };
};

/** The state of the second. */
export type Data = {
  type: "DATA";
  payload: {
    /** Form score of the last window; 0 without data. */
    value: number;
    /** Epoch seconds. */
    ts: number;
    ai: Marks;
    stage?: Stage;
    /** Left out while all is well, and without data. */
    notCounting?: NotCounting;
    /** Where the stage comes from: the camera, the force on both feet, or the insoles' pattern. Left out without data. */
    stageSource?: "pose" | "load" | "rule";
    /** Repetitions so far. */
    reps?: number;
    /** Of the present squat, 1 is thigh parallel. */
    depth?: number;
    /** Centre of pressure of both feet: per cent of length from the heel, per cent of width from the medial side. */
    cop?: [number, number];
    /** The left foot's part of the load in the last 10 s, per cent, calibrated. Left out unless both feet send voltages. */
    leftLoad?: number;
    /** Of the last repetition. */
    score?: number;
  };
};

/** A cue. It has no payload, as the first apps read it. */
export type Voice = {
  type: "voice";
  /** To be said aloud; at most one in 10 s. */
  text: string;
  /** What is said, by a name that stays the same in every language and version: `say_heel`, `praise_depth`, `count`. */
  id?: string;
  /** Why it is said. */
  kind?: "instruction" | "fault" | "praise" | "count" | "steady" | "encouragement";
  /** What it is about, for faults and praise. */
  topic?: "lumbar" | "knee" | "ankle" | "balance" | "depth" | "tempo";
  /** The same in both languages, for those who show it to others than the one it was chosen for. */
  texts?: {
    ko: string;
    en: string;
  };
};

/** A repetition ended. */
export type RepDone = {
  type: "REP";
  payload: Rep;
};

/** A device changed its state. */
export type DeviceState = {
  type: "DEVICE";
  payload: {
    side: "left" | "right" | "both";
    /** Of a foot: `live`, `silent` for 10 s, `sensor_dead`, `unloaded`, `saturated` (all six sensors at an end of their range, or frozen: the foot is not judged). Of a pair: `bound` to this session, `unbound`, `taken` by another. */
    state: "live" | "silent" | "sensor_dead" | "unloaded" | "saturated" | "taken" | "bound" | "unbound";
    /** The pair, when it is about a binding. */
    deviceId?: string;
  };
};

/** The standing calibration is done. */
export type Calibrated = {
  type: "CALIBRATED";
  payload: Record<string, unknown>;
};

/** The person stood quietly, but with more than 5 points off an even share of the weight. The standing baseline is not taken; a second `calibrate` within a minute confirms that the person stands so. */
export type UnevenStand = {
  type: "UNEVEN_STAND";
  payload: {
    /** The left foot's share of the weight, per cent. */
    leftLoad: number;
  };
};

/** A movement began and could not be followed to its end. It was not counted. */
export type Uncounted = {
  type: "UNCOUNTED";
  payload: {
    /** Why it was not counted. */
    reason: "missing_samples";
    /** When the movement began, epoch seconds. */
    startTs: number;
    /** When the person was seen standing again, epoch seconds. */
    endTs: number;
  };
};

/** The connection's token ends soon; send TOKEN. */
export type TokenExpiring = {
  type: "TOKEN_EXPIRING";
  payload: {
    /** Seconds. */
    expiresIn: number;
  };
};

/** A frame as text. A message has at most 2 MiB, a picture at most 4096 px a side. */
export type Frame = {
  type: "frame";
  /** As the app counts, a whole number from 0 to 2^53, in any order; without it, one more than the last. Anything else is an error. */
  frameNumber?: number;
  /** A JPEG, PNG or WebP in base64, with or without a `data:…;base64,` prefix. */
  image_base64: string;
  /** When it was taken: epoch seconds, milliseconds above 10^11, or RFC 3339. Only the distances between frames count, and no frame is from the future: recorded pictures are sent no faster than they were taken. */
  timestamp?: number | string;
};

/** A judged frame. Without a person all marks are `"null"` and the score is 0. */
export type Analysis = {
  type: "analysis";
  frameNumber: number;
  lumbar: Mark;
  knee: Mark;
  ankle: Mark;
  /** 0 without a person. */
  score: number;
  /** Whether somebody is in view. */
  person: boolean;
  keypoints: Keypoint[];
  /** Width over height of the picture that the points lie in. Left out without a person. */
  aspect?: number;
  angles: Angles;
  stage: Stage;
  reps: number;
  depth?: number;
  /** Why a squat would not count now, or why the last movement did not; left out while all is well. */
  notCounting?: NotCounting;
  /** From the frame's arrival to here. */
  latencyMs: number;
  /** The model that looked at the frame. Under overload `blazepose-lite`, when it is installed, takes over from `blazepose-full`, and gives back when the load is gone. */
  model: string;
  verdicts: Verdict[];
};

/** A frame that could not be read; the connection lives. */
export type FrameError = {
  type: "error";
  /** Left out when the message did not tell. */
  frameNumber?: number;
  code: ErrorCode;
  message: string;
};

/** A frame that was not looked at. */
export type FrameDropped = {
  type: "dropped";
  frameNumber: number;
  reason: "replaced" | "late" | "overload" | "rate" | "stopping";
};

/** Advice on the rate. */
export type Rate = {
  type: "rate";
  /** Frames a second that are worth sending, in steps of 0.5. */
  fps: number;
};

/** The body of every error reply. */
export type Envelope = {
  /** UTC, whole seconds. */
  timestamp: string;
  /** The HTTP status. */
  status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 410 | 413 | 415 | 429 | 500 | 503;
  /** The status' reason phrase. */
  error: "Bad Request" | "Unauthorized" | "Forbidden" | "Not Found" | "Method Not Allowed" | "Request Timeout" | "Conflict" | "Gone" | "Payload Too Large" | "Unsupported Media Type" | "Too Many Requests" | "Internal Server Error" | "Service Unavailable";
  code: ErrorCode;
  /** For people: names the field and the rule, with the index in arrays. */
  message: string;
  /** The path, without its query. */
  path: string;
};

/** A JWT of 15 minutes: `sub` the session, `aud` `stomp-ws` or `inference-ws`, `role`, `uid` (if any), `iat`, `nbf`, `exp`, `jti`. */
export type Token = string;

/** A session and the token that opens its WebSocket. */
export type SessionReply = {
  sessionId: SessionId;
  wsToken: Token;
  /** After `/auth/upgrade`: the id that the user has in all other calls. */
  userId?: string;
  /** After `/auth/upgrade`, with `auth.mode = bearer` and no OpenID issuer: signs the user in again. Keep it where the user's secrets are kept. */
  userKey?: string;
};

/** An inference session. */
export type InferenceCreated = {
  sessionId: SessionId;
  /** Where the app connects, straight to the inference plane. */
  wsUrl: string;
  wsToken: Token;
};

/** Whose the guest's session is from now on. */
export type UpgradeBody = {
  /** The user: a UUID; with an OpenID issuer configured, the ID token's `sub`, whatever its form. A subject that is no UUID gets one, the same each time: `userId` of the reply. */
  userId: string;
  sessionId: SessionId;
  /** The user's address. */
  email: string;
  /** The OpenID provider's ID token; needed when an issuer is configured. Its `sub` must be the `userId`, its `email` the `email`. */
  idToken?: string | null;
  /** What an earlier sign-in of this user was answered; with `auth.mode = bearer` and no OpenID issuer. */
  userKey?: string | null;
  /** A code that another phone of this user shows. */
  pairingCode?: string | null;
};

/** For whom frames are to be judged. */
export type CreateBody = {
  /** A user's id or a guest's session id, whose data the results join; any other name keeps them apart. */
  userId: string;
};

/** What the client counted. What the server counted is stored beside it. */
export type FinishBody = {
  /** Frames sent. */
  framesIn: number;
  /** Analyses received. */
  framesOut: number;
  /** Seconds from start to end. */
  durationSeconds: number;
};

/** The session is over. */
export type Finished = {
  status: "completed";
  sessionId: SessionId;
  outcome?: FinalOutcome;
};

/** Which pair of insoles. */
export type DeviceBody = {
  /** A pair of insoles. */
  deviceId: string;
  /** A code that the pair shows or carries: the first one that it is bound with claims it from another session later. */
  claim?: string | null;
};

/** Whose the pair is now. */
export type DeviceReply = {
  sessionId: SessionId;
  deviceId: string;
  /** Whether the pair belongs to the session now. */
  bound: boolean;
};

/** The pairs of a session. */
export type DeviceList = {
  sessionId: SessionId;
  devices: {
    deviceId: string;
    /** Time since its last sample; left out while none has come since it was bound, or since the server started. */
    ageMs?: number;
  }[];
};

/** A sample by each sensor's share of its foot; all six, and all six voltages or none. */
export type RatioSample = {
  /** `left` or `right`, in any case. */
  side: string;
  /** Sensor 1, per cent of the foot's sum. */
  ratio1: number;
  /** Sensor 2, per cent of the foot's sum. */
  ratio2: number;
  /** Sensor 3, per cent of the foot's sum. */
  ratio3: number;
  /** Sensor 4, per cent of the foot's sum. */
  ratio4: number;
  /** Sensor 5, per cent of the foot's sum. */
  ratio5: number;
  /** Sensor 6, per cent of the foot's sum. */
  ratio6: number;
  /** Sensor 1, volts. */
  voltage1?: number;
  /** Sensor 2, volts. */
  voltage2?: number;
  /** Sensor 3, volts. */
  voltage3?: number;
  /** Sensor 4, volts. */
  voltage4?: number;
  /** Sensor 5, volts. */
  voltage5?: number;
  /** Sensor 6, volts. */
  voltage6?: number;
  /** The pair of insoles. */
  deviceId?: string | null;
  /** The session that the sample belongs to. */
  sessionId?: string | null;
  /** When it was measured: epoch seconds, milliseconds above 10^11, or RFC 3339. More than 60 s away from the arrival, the arrival counts. */
  ts?: number | string | null;
};

/** A sample by each sensor's voltage; all six, and all six ratios or none. */
export type VoltageSample = {
  /** `left` or `right`, in any case. */
  side: string;
  /** Sensor 1, per cent of the foot's sum. */
  ratio1?: number;
  /** Sensor 2, per cent of the foot's sum. */
  ratio2?: number;
  /** Sensor 3, per cent of the foot's sum. */
  ratio3?: number;
  /** Sensor 4, per cent of the foot's sum. */
  ratio4?: number;
  /** Sensor 5, per cent of the foot's sum. */
  ratio5?: number;
  /** Sensor 6, per cent of the foot's sum. */
  ratio6?: number;
  /** Sensor 1, volts. */
  voltage1: number;
  /** Sensor 2, volts. */
  voltage2: number;
  /** Sensor 3, volts. */
  voltage3: number;
  /** Sensor 4, volts. */
  voltage4: number;
  /** Sensor 5, volts. */
  voltage5: number;
  /** Sensor 6, volts. */
  voltage6: number;
  /** The pair of insoles. */
  deviceId?: string | null;
  /** The session that the sample belongs to. */
  sessionId?: string | null;
  /** When it was measured: epoch seconds, milliseconds above 10^11, or RFC 3339. More than 60 s away from the arrival, the arrival counts. */
  ts?: number | string | null;
};

/** One reading of one foot: six ratios, six voltages, or both. With both, the ratios stay as sent and the voltages serve for the load; with voltages only, the ratios are derived. */
export type Sample = RatioSample | VoltageSample;

/** One sample, or a burst of up to 256; one bad element refuses all. */
export type Upload = Sample | Sample[];

/** Taken. */
export type Accepted = {
  status: "ACCEPTED";
};

/** Means of the last 10 s over the feet that have data, per cent. Finite numbers only: what is not known is left out. */
export type Metrics = {
  /** Forefoot share: sensors 3, 4, 6. */
  front?: number;
  /** Rearfoot share: sensors 1, 5. */
  rear?: number;
  /** Medial share: sensors 5, 6. */
  inner?: number;
  /** Lateral share: sensors 1, 2, 3, 4. */
  outer?: number;
  /** Heel share: sensors 1, 5. */
  heel?: number;
  /** |inner − outer|. */
  innerOuterDiff?: number;
  /** Difference between the feet; left out with one foot. */
  leftRightDiff?: number;
};

export type Status = "GOOD" | "BAD" | "NO_DATA";

/** The insole's judgement of the last 10 s. Without data: `NO_DATA`, `UNKNOWN`, no `metrics`, and the reason in `notCounting`. */
export type Feedback = {
  stage: "DESCENT" | "ASCENT" | "UNKNOWN" | "STANDING" | "BOTTOM";
  status: Status;
  /** Sentences in the language asked for. */
  feedback: string;
  metrics?: Metrics;
  /** What `leftRightDiff` rests on: forces, or patterns of ratios. */
  leftRightBasis?: "load" | "pattern";
  verdicts?: Verdict[];
  /** Why squats are not counted by force, or why there is no data; left out while all is well. */
  notCounting?: NotCounting;
  /** `notCounting` as a sentence without a full stop, in the language asked for. */
  reason?: string;
};

/** The AI's part. All `"null"` is `NO_DATA`. */
export type AiFeedback = {
  status: Status;
  raw: Marks;
  messages: string[];
};

/** AI and insole together. */
export type Combined = {
  ai: AiFeedback;
  fsr: Feedback;
  /** AI first, then insole. */
  overallMessages: string[];
};

/** Each mark `good`, `bad` or `null` in any case, JSON null, or absent. It counts for 10 s. */
export type StatusBody = {
  /** Lower back. */
  lumbar?: null | string;
  /** Knees. */
  knee?: null | string;
  /** Ankles. */
  ankle?: null | string;
  /** Whose; else `default`. */
  sessionId?: string | null;
};

/** Taken. */
export type StatusAccepted = {
  ok: true;
};

/** The process lives. */
export type Health = {
  status: "ok";
};

/** Whether this plane can do its work. */
export type Readiness = {
  status: "ready" | "not ready";
  store: "ok" | "failed";
  model?: string;
  /** `loading`: an installed model is read and warmed up, seconds; `installing`: it is downloaded first. */
  inference: "ready" | "loading" | "installing" | "no model" | "elsewhere";
  /** Without a model, the folder that its files belong in; only for callers from the server's machine, or with `X-Internal-Key`. */
  modelFolder?: string;
  /** Without a model, the command that installs one; only where `modelFolder` is, and left out for a folder that the operator fills. */
  modelCommand?: string;
  /** Whether a simulated person squats in the `default` scope; left out when not. */
  demo?: boolean;
  /** Whether there is room for further sessions; `full`: one takes the place of a session that nobody uses, or is refused. */
  sessions?: "ok" | "nearly full" | "full";
};

/** A public key (RFC 7517, RFC 8037). */
export type Jwk = {
  kty: "OKP" | "EC";
  crv?: "Ed25519" | "P-256";
  x: string;
  y?: string;
  kid: string;
  alg: "EdDSA" | "ES256";
  use: "sig";
};

/** The public keys that verify tokens; empty when only shared secrets are in use. */
export type Jwks = {
  keys: Jwk[];
};

/** What is judged; there may be more. */
export type Rule = string;

/** What the server counted. */
export type Usage = {
  framesIn: number;
  framesOut: number;
  dropped: number;
  durationSeconds: number;
  bytesIn: number;
};

/** One repetition. */
export type ReportRep = {
  workout: number;
  number: number;
  status: Status;
  /** Epoch milliseconds. */
  start: number;
  /** Epoch milliseconds. */
  end: number;
  score: number;
  /** 0 standing, 1 thighs parallel. With `depth` in `notAssessed` it is an estimate from the load. */
  depth: number;
  descentSeconds: number;
  bottomSeconds: number;
  ascentSeconds: number;
  /** Degrees from straight. */
  kneeFlexion?: number;
  /** Mean part of the left foot, per cent. */
  leftLoad?: number;
  peakLeftRight?: number;
  lowestHeel?: number;
  /** Path of the centre of pressure: per cent of length from the heel, of width from the medial side. */
  path?: [number, number][];
  view?: "front" | "oblique" | "side";
  /** What told where it began and ended. */
  source: "pose" | "load" | "rule";
  faults: Rule[];
  notAssessed: Rule[];
  /** What was nearly at fault: a third of a fault's points. */
  warnings: Rule[];
};

/** The whole in figures. */
export type ReportTotals = {
  workouts: number;
  reps: number;
  cleanReps: number;
  score?: number;
  /** Mean of the repetitions whose depth was assessed. */
  depth?: number;
  descentSeconds?: number;
  ascentSeconds?: number;
  scoreTrend: "better" | "steady" | "worse";
  depthTrend: "better" | "steady" | "worse";
};

/** One rule that was assessed. */
export type ReportFault = {
  rule: Rule;
  title: string;
  faults: number;
  assessed: number;
  /** The worst that was measured. */
  evidence?: {
    workout: number;
    rep: number;
    /** The fault with its direction and unit, in the report's language. */
    text: string;
    value: number;
    threshold: number;
    unit: "percent" | "degrees" | "seconds" | "ratio";
    source: "insole" | "camera" | "both";
    confidence: number;
  };
};

/** One rule that was never assessed. */
export type ReportMissing = {
  rule: Rule;
  title: string;
  reason: "no_data" | "view" | "not_visible" | "no_baseline" | "stage" | "sensor" | "skeleton" | "noise" | "phone_turned";
  why: string;
};

/** Against the same person's workouts before. */
export type ReportComparison = {
  earlier: {
    /** Epoch milliseconds. */
    start: number;
    reps: number;
    cleanReps: number;
    score?: number;
    depth?: number;
  }[];
  scoreChange?: number;
  depthChange?: number;
  text: string;
};

/** A repetition in short. */
export type ReportSetRep = {
  number: number;
  /** From the start of the workout to the start of the descent. */
  startSeconds: number;
  /** From the start of the workout to the end of the repetition. */
  atSeconds: number;
  score: number;
  depth: number;
  kneeFlexion?: number;
  descentSeconds: number;
  bottomSeconds: number;
  ascentSeconds: number;
  /** What told where it began and ended. */
  source: "pose" | "load" | "rule";
  leftLoad?: number;
  peakLeftRight?: number;
  lowestHeel?: number;
  /** Path of the centre of pressure: per cent of length from the heel, of width from the medial side. */
  path?: [number, number][];
  faults?: Rule[];
  warnings?: Rule[];
  assessed: Rule[];
};

/** Repetitions without a rest between them. */
export type ReportSet = {
  number: number;
  reps: ReportSetRep[];
  score: number;
  /** Rest before it; 0 for the first. */
  restSeconds: number;
  seconds: number;
};

/** The report of a session. */
export type Report = {
  /** The session. */
  name: string;
  language: "ko" | "en";
  /** Epoch milliseconds. */
  start: number;
  /** Epoch milliseconds. */
  end: number;
  status: Status;
  /** Why there is no repetition; left out when there is one, and where it is not known. */
  notCounting?: NotCounting;
  /** `notCounting` as a sentence without a full stop, in the language asked for. */
  reason?: string;
  /** In plain sentences. */
  summary: string;
  totals: ReportTotals;
  sets: ReportSet[];
  reps: ReportRep[];
  /** How the weight was shared. */
  balance?: {
    leftLoad: number;
    peakLeftRight?: number;
    reps: number;
  };
  faults: ReportFault[];
  notAssessed: ReportMissing[];
  practise: string[];
  comparison?: ReportComparison;
};

/** A link. */
export type ReportLink = {
  sessionId: SessionId;
  /** Relative to this server. */
  url: string;
  expiresAt: string;
};

/** A fault of a workout. */
export type WorkoutFault = {
  rule: Rule;
  title: string;
  faults: number;
  assessed: number;
};

/** What a workout came to. */
export type WorkoutRow = {
  sessionId: SessionId;
  start: string;
  end: string;
  reps: number;
  cleanReps: number;
  score?: number;
  depth?: number;
  sets: number;
  faults: WorkoutFault[];
  /** Opens the workout's report for a day, without a token. */
  reportUrl: string;
};

/** A person's workouts, newest first. */
export type WorkoutList = {
  sessionId: SessionId;
  /** Lists and deletes these workouts without a token, for as long as they are kept; not for signed-in users. */
  url?: string;
  workouts: WorkoutRow[];
};

/** What was used on a day in the name of a user. */
export type UsageRow = {
  day: string;
  /** As the app names the user; for a guest, their session's id. */
  user: string;
  sessions: number;
  framesIn: number;
  framesOut: number;
  dropped: number;
  durationSeconds: number;
  bytesIn: number;
};

/** What was used. */
export type UsageReport = {
  from: string;
  to: string;
  rows: UsageRow[];
};

/** Everything that is kept of a person. */
export type UserData = {
  id: string;
  email?: string;
  sessions: {
    session: SessionId;
    /** Its end. */
    end?: {
      /** Epoch milliseconds. */
      at: number;
      report: FinishBody;
      counted: Usage;
    };
    events: {
      /** Epoch milliseconds. */
      at: number;
      name: string;
    }[];
    workouts: {
      session: SessionId;
      /** Epoch milliseconds. */
      start: number;
      reps: Record<string, unknown>[];
      summary?: Record<string, unknown>;
    }[];
  }[];
  usage: UsageRow[];
};

/** Nothing is left. */
export type Deleted = {
  status: "deleted";
  userId: string;
  sessions: number;
};

/** A code by which another phone of a user signs in, once. */
export type Pairing = {
  userId: string;
  pairingCode: string;
  /** Seconds. */
  expiresIn: number;
};

/** What the session came to: `GOOD`, `BAD` when something was at fault, `NO_DATA` when nothing was counted or assessed. Left out when the caller's token does not open the session's workouts, and when the session had no data of its own while it could hear the shared insoles. */
export type FinalOutcome = {
  status: Status;
  /** Repetitions of all workouts of the session. */
  reps: number;
  /** Repetitions in which something was assessed and nothing at fault. */
  cleanReps: number;
  /** Mean score, 0 to 100; left out without repetitions. */
  score?: number;
  /** Why there is no repetition; left out when there is one, and where it is not known. */
  notCounting?: NotCounting;
  /** `notCounting` as a sentence without a full stop, in the language asked for. */
  reason?: string;
  /** In plain sentences, in the language asked for. */
  summary: string;
};
