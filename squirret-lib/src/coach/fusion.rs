//! Where insole and camera judge the same thing.
//!
//! Agreement makes both surer. When they disagree the insole is believed on load and the camera on shape; the other
//! verdict stays in the list, marked as overruled.

use crate::verdict::{Assessment, Rule, Source, Verdict};

/// What a pair of verdicts is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Relation {
    /// Both measure the same: only one can be right.
    Load,
    /// The camera sees shape where the insole feels load: each is right about its own.
    Apart,
}

/// The camera's rule and the insole's that judge the same thing.
const PAIRS: [(Rule, Rule, Relation); 2] = [
    (Rule::HeelLift, Rule::HeelLift, Relation::Load),
    (Rule::SideDifference, Rule::LeftRightDiff, Relation::Apart),
];

/// Adds the insole's verdicts to the camera's and settles where they meet.
pub(super) fn fuse(verdicts: &mut Vec<Verdict>, insole: &[Verdict]) {
    insole
        .iter()
        .for_each(|verdict| fuse_one(verdicts, *verdict));
}

/// Adds one of the insole's verdicts.
pub(super) fn fuse_one(verdicts: &mut Vec<Verdict>, mut felt: Verdict) {
    for (shape, load, about) in PAIRS {
        let seen = verdicts.iter_mut().find(|seen| {
            seen.rule == shape
                && seen.source == Source::Camera
                && seen.is_assessed()
                && !seen.overruled
        });
        if let Some(seen) = seen.filter(|_| felt.rule == load && felt.is_assessed()) {
            settle(seen, &mut felt, about);
        }
    }
    verdicts.push(felt);
}

fn settle(seen: &mut Verdict, felt: &mut Verdict, about: Relation) {
    let bad = |verdict: &Verdict| verdict.assessment == Assessment::Bad;
    if bad(seen) == bad(felt) {
        let both = 1.0 - (1.0 - seen.confidence) * (1.0 - felt.confidence);
        (seen.confidence, felt.confidence) = (both, both);
        if about == Relation::Load {
            felt.source = Source::Both;
        }
    } else if about == Relation::Load {
        seen.overruled = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Reason, Unit};

    fn verdict(rule: Rule, assessment: Assessment, source: Source) -> Verdict {
        Verdict::new(rule, assessment, Unit::Percent, source).with_evidence(1.0, 2.0, 0.8)
    }

    fn fused(seen: (Rule, Assessment), felt: (Rule, Assessment)) -> Vec<Verdict> {
        let mut verdicts = vec![verdict(seen.0, seen.1, Source::Camera)];
        fuse(&mut verdicts, &[verdict(felt.0, felt.1, Source::Insole)]);
        assert_eq!(verdicts.len(), 2, "both are listed");
        verdicts
    }

    const BAD: Assessment = Assessment::Bad;
    const GOOD: Assessment = Assessment::Good;

    #[test]
    fn agreement_raises_the_confidence_of_both() {
        for assessment in [BAD, GOOD] {
            let verdicts = fused((Rule::HeelLift, assessment), (Rule::HeelLift, assessment));
            assert!(
                verdicts
                    .iter()
                    .all(|verdict| (verdict.confidence - 0.96).abs() < 1e-9)
            );
            assert_eq!(verdicts[1].source, Source::Both);
        }
    }

    #[test]
    fn on_the_heel_the_insole_wins_and_both_are_listed() {
        let verdicts = fused((Rule::HeelLift, BAD), (Rule::HeelLift, GOOD));
        assert!(verdicts[0].overruled && !verdicts[1].overruled);
        assert!(!verdicts.iter().any(Verdict::is_fault));
        let verdicts = fused((Rule::HeelLift, GOOD), (Rule::HeelLift, BAD));
        assert!(verdicts[0].overruled && verdicts[1].is_fault());
    }

    #[test]
    fn on_left_and_right_the_camera_is_believed_on_height_and_the_insole_on_load() {
        let verdicts = fused((Rule::SideDifference, BAD), (Rule::LeftRightDiff, GOOD));
        assert!(verdicts[0].is_fault() && !verdicts[1].is_fault());
        assert!(!verdicts[0].overruled && !verdicts[1].overruled);
    }

    #[test]
    fn what_one_side_did_not_assess_leaves_the_other_alone() {
        let unknown = Assessment::NotAssessed(Reason::View);
        let verdicts = fused((Rule::HeelLift, unknown), (Rule::HeelLift, BAD));
        assert!(verdicts[1].is_fault());
        assert_eq!(
            (verdicts[1].confidence, verdicts[1].source),
            (0.8, Source::Insole)
        );
    }
}
