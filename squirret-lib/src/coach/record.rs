//! Recordings: what went into a coach and what it said, a line of JSON each, and their replay.
//!
//! A recording begins with a [`Head`]; then every input stands with the time at which it was handled, followed by the
//! events that it led to. As a coach is deterministic, the inputs alone give the same events again, to the last bit;
//! [`Replay`] checks that they do. There are no pictures in it, only keypoints.

use std::{collections::VecDeque, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Coach, CoachConfig, Command, Event, Input, Output};
use crate::{
    UnixMillis,
    feedback::AiStatus,
    fsr::Sample,
    pose::{Keypoint, Pose, WorldPoint},
    verdict::Language,
};

/// Version of the recordings' form.
pub const FORMAT: u32 = 1;

/// Most events that wait to be compared.
const MAX_WAITING: usize = 256;

/// The first line.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Head {
    /// Version of the form, [`FORMAT`].
    pub format: u32,
    /// Version of this crate.
    pub version: String,
    /// When the session began.
    pub start: UnixMillis,
    /// Its language at the beginning.
    pub language: Language,
    /// Every threshold.
    pub config: CoachConfig,
}

impl Head {
    /// The head of a session that begins now.
    #[must_use]
    pub fn new(config: CoachConfig, language: Language, start: UnixMillis) -> Self {
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            start,
            language,
            config,
        }
    }
}

/// A pose as it is written: points as `[x, y, z, visibility]`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PoseLine {
    /// The 33 points.
    pub points: Vec<[f32; 4]>,
    /// The same in metres, `[x, y, z]`, when the model gave them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub world: Vec<[f32; 3]>,
    /// How sure the model was, 0 to 1.
    pub score: f32,
    /// Width over height of the picture.
    pub aspect: f32,
}

impl From<&Pose> for PoseLine {
    fn from(pose: &Pose) -> Self {
        let point = |point: &Keypoint| [point.x, point.y, point.z, point.visibility];
        let place = |place: &WorldPoint| [place.x, place.y, place.z];
        Self {
            points: pose.keypoints.iter().map(point).collect(),
            world: pose.world.iter().flatten().map(place).collect(),
            score: pose.score,
            aspect: pose.aspect,
        }
    }
}

impl PoseLine {
    /// The pose; `None` unless there are 33 points.
    #[must_use]
    pub fn pose(&self) -> Option<Pose> {
        let points: &[[f32; 4]; 33] = self.points.as_slice().try_into().ok()?;
        let mut pose = Pose::new(
            points.map(|[x, y, z, visibility]| Keypoint {
                x,
                y,
                z,
                visibility,
            }),
            self.aspect,
        );
        pose.score = self.score;
        let places: Option<&[[f32; 3]; 33]> = self.world.as_slice().try_into().ok();
        pose.world = places.map(|places| places.map(|[x, y, z]| WorldPoint { x, y, z }));
        Some(pose)
    }
}

/// An input as it is written.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InputLine {
    /// An insole sample.
    Sample(Sample),
    /// A frame.
    Pose {
        /// Frame number.
        frame: u64,
        /// When it was taken.
        at: UnixMillis,
        /// Who was in view.
        pose: Option<PoseLine>,
    },
    /// An outer AI's status.
    AiStatus(AiStatus),
    /// A command of the app.
    Command(Command),
    /// Another language.
    Language(Language),
    /// Time passed.
    Timeout,
}

impl From<&Input<'_>> for InputLine {
    fn from(input: &Input<'_>) -> Self {
        match *input {
            Input::Sample(sample) => Self::Sample(sample),
            Input::Pose { frame, pose, at } => Self::Pose {
                frame,
                at,
                pose: pose.map(PoseLine::from),
            },
            Input::AiStatus(status) => Self::AiStatus(status),
            Input::Command(command) => Self::Command(command),
            Input::Language(language) => Self::Language(language),
            Input::Timeout => Self::Timeout,
        }
    }
}

/// A line of a recording.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Record {
    /// The first line.
    Head(Box<Head>),
    /// Something went in.
    Input {
        /// When it was handled.
        now: UnixMillis,
        /// What.
        input: InputLine,
    },
    /// Something came out of the input before it.
    Event(Box<Event>),
}

/// Why a line is no record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// It is not one of the lines that are written.
    #[error("line is no record: {0}")]
    Malformed(#[from] serde_json::Error),
}

impl Record {
    /// The line of an input that is handled at `now`.
    #[must_use]
    pub fn input(input: &Input<'_>, now: UnixMillis) -> Self {
        Self::Input {
            now,
            input: InputLine::from(input),
        }
    }

    /// The line of an event. The analysis of a frame has none: it follows from the frame, and would be most of the
    /// recording.
    #[must_use]
    pub fn event(event: &Event) -> Option<Self> {
        is_kept(event).then(|| Self::Event(Box::new(event.clone())))
    }

    /// The line, without its end.
    ///
    /// # Errors
    /// Never for a record of this module; the writer of JSON could fail in principle.
    pub fn to_line(&self) -> Result<String, RecordError> {
        Ok(serde_json::to_string(self)?)
    }

    /// Reads a line.
    ///
    /// # Errors
    /// When it is not one that [`to_line`](Self::to_line) writes.
    pub fn from_line(line: &str) -> Result<Self, RecordError> {
        Ok(serde_json::from_str(line)?)
    }
}

const fn is_kept(event: &Event) -> bool {
    !matches!(event, Event::Analysis(_))
}

/// Why a replay ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The first line is no head.
    #[error("a recording begins with its head")]
    NoHead,
    /// The form is one of a later version.
    #[error("recording has format {format}, this version reads {FORMAT}")]
    Format {
        /// Of the recording.
        format: u32,
    },
    /// The recorded configuration cannot be used.
    #[error("recorded configuration: {0}")]
    Config(#[from] super::CoachConfigError),
    /// A pose does not have 33 points.
    #[error("pose of frame {frame} has {points} points instead of 33")]
    Pose {
        /// Its frame.
        frame: u64,
        /// How many.
        points: usize,
    },
    /// The coach said something else than then.
    #[error("replay differs from the recording at {at:?}")]
    Differs {
        /// When.
        at: UnixMillis,
        /// What was recorded.
        recorded: Box<Event>,
        /// What was said now; `None`: nothing.
        replayed: Option<Box<Event>>,
    },
}

/// Replays a recording.
///
/// ```
/// use squirret::{Language, UnixMillis, coach::{CoachConfig, Event, Input, record::{Head, Record, Replay}}};
///
/// let start = UnixMillis(1_730_892_345_000);
/// let mut replay = Replay::new(Head::new(CoachConfig::default(), Language::En, start))?;
/// let mut seconds = 0;
/// for second in 1..=60 {
///     let record = Record::input(&Input::Timeout, start.plus(second * 1_000));
///     replay.take(&record, |_, event| seconds += i32::from(matches!(event, Event::Data(_))))?;
/// }
/// assert_eq!(seconds, 60);
/// # Ok::<(), squirret::coach::record::ReplayError>(())
/// ```
#[derive(Debug)]
pub struct Replay {
    coach: Coach,
    now: UnixMillis,
    waiting: VecDeque<Event>,
}

impl Replay {
    /// A session with the head's configuration.
    ///
    /// # Errors
    /// When the form is unknown or the configuration cannot be used.
    pub fn new(head: Head) -> Result<Self, ReplayError> {
        if head.format != FORMAT {
            return Err(ReplayError::Format {
                format: head.format,
            });
        }
        head.config.validate()?;
        let coach = Coach::new(Arc::new(head.config), head.language, head.start);
        Ok(Self {
            coach,
            now: head.start,
            waiting: VecDeque::new(),
        })
    }

    /// A session from the first record.
    ///
    /// # Errors
    /// When it is no head, or one that [`new`](Self::new) refuses.
    pub fn begin(record: Record) -> Result<Self, ReplayError> {
        match record {
            Record::Head(head) => Self::new(*head),
            Record::Input { .. } | Record::Event(_) => Err(ReplayError::NoHead),
        }
    }

    /// Takes the next record: an input is handled, and `tell` is called with each event that it leads to; an event is
    /// compared with what was said. A second head is skipped.
    ///
    /// # Errors
    /// When a pose is damaged, or the coach said something else than then.
    pub fn take(
        &mut self,
        record: &Record,
        tell: impl FnMut(UnixMillis, &Event),
    ) -> Result<(), ReplayError> {
        match record {
            Record::Head(_) => Ok(()),
            Record::Input { now, input } => self.handle(input, *now, tell),
            Record::Event(event) => self.compare(event),
        }
    }

    /// The coach, for its feedback and its workout.
    #[must_use]
    pub const fn coach(&self) -> &Coach {
        &self.coach
    }

    /// The time of the latest input.
    #[must_use]
    pub const fn now(&self) -> UnixMillis {
        self.now
    }

    fn handle(
        &mut self,
        line: &InputLine,
        now: UnixMillis,
        mut tell: impl FnMut(UnixMillis, &Event),
    ) -> Result<(), ReplayError> {
        self.now = now;
        let seen = match line {
            InputLine::Pose {
                frame,
                pose: Some(pose),
                ..
            } => {
                let points = pose.points.len();
                Some(pose.pose().ok_or(ReplayError::Pose {
                    frame: *frame,
                    points,
                })?)
            }
            _ => None,
        };
        let input = match *line {
            InputLine::Sample(sample) => Input::Sample(sample),
            InputLine::Pose { frame, at, .. } => Input::Pose {
                frame,
                pose: seen.as_ref(),
                at,
            },
            InputLine::AiStatus(status) => Input::AiStatus(status),
            InputLine::Command(command) => Input::Command(command),
            InputLine::Language(language) => Input::Language(language),
            InputLine::Timeout => Input::Timeout,
        };
        self.coach.handle_input(input, now);
        while let Output::Event(event) = self.coach.poll_output() {
            tell(now, &event);
            if is_kept(&event) {
                // A recording without events is not compared, and must not pile them up.
                if self.waiting.len() == MAX_WAITING {
                    self.waiting.pop_front();
                }
                self.waiting.push_back(event);
            }
        }
        Ok(())
    }

    fn compare(&mut self, recorded: &Event) -> Result<(), ReplayError> {
        let replayed = self.waiting.pop_front();
        if replayed.as_ref() == Some(recorded) {
            return Ok(());
        }
        Err(ReplayError::Differs {
            at: self.now,
            recorded: Box::new(recorded.clone()),
            replayed: replayed.map(Box::new),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fsr::Side;
    use proptest::prelude::*;

    const START: UnixMillis = UnixMillis(1_730_892_345_000);

    fn head() -> Head {
        Head::new(CoachConfig::default(), Language::En, START)
    }

    #[test]
    fn a_recording_without_a_head_is_refused() {
        let record = Record::input(&Input::Timeout, START);
        assert!(matches!(Replay::begin(record), Err(ReplayError::NoHead)));
    }

    #[test]
    fn a_recording_of_a_later_form_is_refused() {
        let head = Head {
            format: 2,
            ..head()
        };
        assert!(matches!(
            Replay::new(head),
            Err(ReplayError::Format { format: 2 })
        ));
    }

    #[test]
    fn a_pose_with_a_point_too_few_is_refused() {
        let mut pose = PoseLine::from(&Pose::new([Keypoint::default(); 33], 1.0));
        pose.points.pop();
        let input = InputLine::Pose {
            frame: 7,
            at: START,
            pose: Some(pose),
        };
        let mut replay = Replay::new(head()).unwrap();
        let error = replay
            .take(&Record::Input { now: START, input }, |_, _| ())
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "pose of frame 7 has 32 points instead of 33"
        );
    }

    #[test]
    fn an_event_that_was_not_said_is_a_difference() {
        let mut replay = Replay::new(head()).unwrap();
        let record = Record::event(&Event::Calibrated).unwrap();
        assert!(matches!(
            replay.take(&record, |_, _| ()),
            Err(ReplayError::Differs { replayed: None, .. })
        ));
    }

    #[test]
    fn lines_read_as_they_were_written() {
        let sample = Sample::new(
            Side::Left,
            START,
            Some([12.3, 8.4, 5.1, 20.0, 32.5, 21.7]),
            None,
        )
        .unwrap();
        let record = Record::input(&Input::Sample(sample), START);
        let line = record.to_line().unwrap();
        insta::assert_snapshot!(line, @r#"{"input":{"now":1730892345000,"input":{"sample":{"side":"left","at":1730892345000,"ratios":[12.3,8.4,5.1,20.0,32.5,21.7],"voltages":null}}}}"#);
        assert_eq!(Record::from_line(&line).unwrap(), record);
        assert!(Record::from_line("{}").is_err());
    }

    proptest! {
        /// Numbers of any length come back to the last bit.
        #[test]
        fn what_is_written_is_read_to_the_last_bit(
            volts in prop::array::uniform6(0.0..=3.3_f64),
            points in prop::collection::vec(prop::array::uniform4(-2.0..2.0_f32), 33),
        ) {
            let sample = Sample::new(Side::Right, START, None, Some(volts)).unwrap();
            let record = Record::input(&Input::Sample(sample), START);
            prop_assert_eq!(&Record::from_line(&record.to_line().unwrap()).unwrap(), &record);
            let line = PoseLine { points, world: Vec::new(), score: 0.3, aspect: 0.5625 };
            let pose = line.pose().unwrap();
            let record = Record::input(&Input::Pose { frame: 1, pose: Some(&pose), at: START }, START);
            let Record::Input { input: InputLine::Pose { pose: Some(read), .. }, .. } =
                Record::from_line(&record.to_line().unwrap()).unwrap() else { panic!("another record") };
            prop_assert_eq!(read.pose().unwrap(), pose);
        }
    }
}
