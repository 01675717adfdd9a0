// Shapes of the messages that the page reads; the contract itself is asyncapi.json.
export type Side = "left" | "right";
export type Mark = "good" | "bad" | "null";
export type Stage = "STANDING" | "DESCENT" | "BOTTOM" | "ASCENT" | "UNKNOWN";
export type Marks = { lumbar: Mark; knee: Mark; ankle: Mark };

export type Foot = {
  side: Side; ts: number; ageMs: number; load?: number;
  ratio1: number; ratio2: number; ratio3: number; ratio4: number; ratio5: number; ratio6: number;
};
export type Feet = { left: Foot | null; right: Foot | null };

export type Data = {
  value: number; ts: number; ai: Marks; stage: Stage; stageSource?: "pose" | "load" | "rule"; reps: number;
  depth?: number; cop?: [number, number]; notCounting?: string; score?: number; leftLoad?: number;
};
export type Rep = {
  number: number; depth: number; score: number; descentSeconds: number; bottomSeconds: number; ascentSeconds: number; verdicts: Verdict[];
};
export type Verdict = {
  rule: string; assessment: "good" | "warning" | "bad" | "not_assessed"; reason?: string;
  value?: number; threshold?: number; unit: "percent" | "degrees" | "seconds" | "ratio";
  source: "insole" | "camera" | "both"; confidence: number; overruled?: boolean;
};
export type Point = { name: string; x: number; y: number; confidence: number };
export type Analysis = Marks & {
  type: "analysis"; frameNumber: number; score: number; person: boolean; keypoints: Point[]; aspect?: number;
  angles: Partial<Record<"leftKnee" | "rightKnee" | "leftHip" | "rightHip" | "trunk", number>>;
  stage: Stage; reps: number; depth?: number; notCounting?: string; latencyMs: number; model: string; verdicts: Verdict[];
};
export type Voice = { text: string; texts?: { ko: string; en: string }; kind?: string; topic?: string };
export type Readiness = { status: string; inference: "ready" | "loading" | "installing" | "no model" | "elsewhere"; model?: string; modelFolder?: string; modelCommand?: string; demo?: boolean };
