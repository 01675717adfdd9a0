//! What the simulated person does: one workout of several sets, over and over.

use squirret::sim::{Fault, Plan, Squatter};

/// Who it is: the same person in every set.
const SEED: u64 = 7;
/// Standing before a workout, s: time for the standing calibration and a breath.
const STAND_SECONDS: f64 = 7.0;
/// Standing before each further set, s.
const REST_SECONDS: f64 = 4.0;

/// Repetitions of each set, and what is wrong with them.
const SETS: [(u32, Option<Fault>); 8] = [
    (4, None),
    (4, Some(Fault::KneesIn)),
    (4, None),
    (4, Some(Fault::HeelLift)),
    (4, None),
    (4, Some(Fault::RightShift)),
    (4, None),
    (3, Some(Fault::Shallow)),
];

/// The workout as a function of the time since its start.
#[derive(Debug)]
pub(super) struct Script {
    /// When each set begins, s, and who squats in it from then on.
    sets: Vec<(f64, Squatter)>,
    seconds: f64,
}

impl Script {
    pub(super) fn new() -> Self {
        let (mut sets, mut seconds) = (Vec::new(), 0.0);
        for (index, (reps, fault)) in SETS.into_iter().enumerate() {
            let mut plan = Plan::default();
            plan.lead_seconds = if index == 0 {
                STAND_SECONDS
            } else {
                REST_SECONDS
            };
            plan.reps = Some(reps);
            plan.faults = fault.into_iter().collect();
            let lasts = plan.lead_seconds + f64::from(reps) * plan.period_seconds();
            sets.push((seconds, Squatter::new(plan, SEED)));
            seconds += lasts;
        }
        Self { sets, seconds }
    }

    /// How long the workout lasts, s.
    pub(super) const fn seconds(&self) -> f64 {
        self.seconds
    }

    /// Who squats at `seconds` since the start, and the time since their set began.
    pub(super) fn at(&self, seconds: f64) -> Option<(&Squatter, f64)> {
        let index = self.sets.partition_point(|(from, _)| *from <= seconds);
        let (from, squatter) = self.sets.get(index.checked_sub(1)?)?;
        Some((squatter, seconds - from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use squirret::Stage;

    #[test]
    fn the_person_stands_between_the_sets_and_does_all_repetitions() {
        let script = Script::new();
        let reps = SETS.iter().map(|(reps, _)| reps).sum::<u32>();
        let mut squats = 0;
        let mut was = Stage::Standing;
        let mut at = 0.0;
        while at < script.seconds() {
            let (squatter, since) = script.at(at).unwrap();
            let stage = squatter.state(since).stage;
            squats += u32::from(was == Stage::Standing && stage == Stage::Descent);
            was = stage;
            at += 0.02;
        }
        assert_eq!(squats, reps);
        for (from, _) in &script.sets {
            let (squatter, since) = script.at(*from).unwrap();
            assert_eq!(squatter.state(since).stage, Stage::Standing);
        }
    }

    #[test]
    fn before_its_start_there_is_nobody() {
        assert!(Script::new().at(-0.1).is_none());
    }
}
