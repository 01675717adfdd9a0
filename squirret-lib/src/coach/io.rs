//! What goes into a coach and what comes out.

use serde::{Deserialize, Serialize};

use super::RepRecord;
use crate::{
    Stage, UnixMillis,
    feedback::{AiStatus, Cue},
    fsr::{Sample, Side, Uncounted},
    pose::Pose,
    squat::{Angles, NotCounting},
    verdict::{Language, Verdict},
};

/// What goes in.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// An insole sample.
    Sample(Sample),
    /// A frame was looked at; `None`: nobody in view. `frame` comes back in the analysis.
    Pose {
        /// Frame number.
        frame: u64,
        /// Who.
        pose: Option<&'a Pose>,
        /// When the frame was taken.
        at: UnixMillis,
    },
    /// An outer AI's status.
    AiStatus(AiStatus),
    /// `start`, `stop`, `calibrate` of the app.
    Command(Command),
    /// The language of texts from now on.
    Language(Language),
    /// Nothing happened; the time of [`Output::Timeout`] has come.
    Timeout,
}

/// The app's commands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Command {
    /// A workout begins: repetitions count from one, faults are forgotten, the standing baseline is taken anew.
    Start,
    /// It ends: nothing is said any more until the next start.
    Stop,
    /// Stand still now: the standing baseline is taken anew.
    Calibrate,
}

/// What comes out.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a driver must handle both")]
pub enum Output {
    /// Something to tell.
    Event(Event),
    /// Drained; call again with `Input::Timeout` at this time (`None`: nothing is due).
    Timeout(Option<UnixMillis>),
}

/// Something to tell.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// Each second.
    Data(Data),
    /// At most each ten seconds.
    Voice(Cue),
    /// A repetition ended.
    Rep(RepRecord),
    /// A frame was judged.
    Analysis(Analysis),
    /// A foot's device changed its state.
    Device {
        /// Which foot.
        side: Side,
        /// How it is now.
        state: DeviceState,
    },
    /// The standing calibration is done.
    Calibrated,
    /// The person stood quietly, but too unevenly for a standing baseline. They are told to share their weight; a second
    /// `calibrate` within a minute confirms that they stand so.
    UnevenStand {
        /// The left foot's share of the weight, in per cent.
        left_load: f64,
    },
    /// A movement began and could not be followed to its end, as samples are missing. It was not counted.
    Uncounted(Uncounted),
}

/// State of one foot's device.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeviceState {
    /// Sends, and all sensors live.
    Live,
    /// Nothing for 10 s.
    Silent,
    /// A sensor is dead.
    SensorDead,
    /// In the air.
    Unloaded,
    /// Every sensor at full scale or at zero, or frozen while the other foot moves: what it sends is no load, and the
    /// foot is not judged.
    Saturated,
}

/// Where the stage comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum StageSource {
    /// The camera, fresher than a second.
    Pose,
    /// The force on both feet.
    Load,
    /// The original's: which of the two rule sets explains the insoles' window better.
    Rule,
}

/// The DATA push.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Data {
    /// Form score of the last window, 0 to 1; 0 without data.
    pub value: f64,
    /// When.
    pub at: UnixMillis,
    /// AI status.
    pub ai: AiStatus,
    /// Stage.
    pub stage: Stage,
    /// Where the stage comes from; `None` without data.
    pub stage_source: Option<StageSource>,
    /// Repetitions.
    pub reps: u32,
    /// Depth of the present squat, 0 to 1.
    pub depth: Option<f64>,
    /// Centre of pressure of both feet: per cent of length from the heel, per cent of width from the medial side.
    pub cop: Option<[f64; 2]>,
    /// The left foot's part of the load in the window, 0 to 100; `None` without voltages of both feet.
    pub left_load: Option<f64>,
    /// Score of the last repetition, 0 to 100.
    pub score: Option<f64>,
    /// Why what the person does does not count; `None` while all is well, and without data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_counting: Option<NotCounting>,
}

/// A judged frame.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Analysis {
    /// As given.
    pub frame: u64,
    /// Somebody in view.
    pub person: bool,
    /// The three marks.
    pub marks: AiStatus,
    /// 0 to 100.
    pub score: f64,
    /// Stage.
    pub stage: Stage,
    /// Repetitions so far.
    pub reps: u32,
    /// Depth now.
    pub depth: Option<f64>,
    /// Angles.
    pub angles: Angles,
    /// Evidence.
    pub verdicts: Vec<Verdict>,
    /// Why a squat would not count now, or why the last movement did not; `None` while all is well.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_counting: Option<NotCounting>,
}
