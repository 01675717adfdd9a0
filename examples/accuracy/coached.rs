//! A fresh coach with the default thresholds before recorded or simulated frames.

use std::sync::Arc;

use squirret::{
    Language, Rule, UnixMillis,
    coach::{Coach, CoachConfig, Input, Outcome, Output, RepRecord},
    sim::TimedPose,
};

/// What the coach makes of the frames, times in seconds.
pub(crate) fn judge(frames: &[TimedPose]) -> Outcome {
    let config = Arc::new(CoachConfig::default());
    let mut coach = Coach::new(config, Language::En, UnixMillis(0));
    let mut outcome = Outcome::default();
    for (number, (seconds, pose)) in frames.iter().enumerate() {
        let at = UnixMillis((seconds * 1e3).round() as i64);
        let input = Input::Pose {
            frame: number as u64,
            pose: pose.as_ref(),
            at,
        };
        coach.handle_input(input, at);
        while let Output::Event(event) = coach.poll_output() {
            outcome.take(&event);
        }
    }
    outcome
}

/// The faults of form of a repetition: all but the tempo.
pub(crate) fn faults(rep: &RepRecord) -> Vec<Rule> {
    let faults = rep.verdicts.iter().filter(|verdict| verdict.is_fault());
    let rules = faults.map(|verdict| verdict.rule);
    rules.filter(|rule| *rule != Rule::DescentTempo).collect()
}

/// Whether each wrong judgement is printed: the environment has `SQUIRRET_SHOW`.
pub(crate) fn shows() -> bool {
    std::env::var_os("SQUIRRET_SHOW").is_some()
}
