//! The form score of a window.

use crate::{
    feedback::{AiStatus, Status},
    score::{Topic, Weights},
    verdict::{Mark, Verdict},
};

/// What there is to score.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScoreEvidence<'a> {
    /// Mean score of the camera's frames in the window, 0 to 100.
    pub(super) camera: Option<f64>,
    /// The insole's verdicts on the window.
    pub(super) insole: Option<&'a [Verdict]>,
    /// An outer AI's status.
    pub(super) outer: Option<AiStatus>,
}

/// Form score, 0 to 1: the camera's mean, or 100, less what the faults of the other sources cost, each topic once. An
/// outer AI counts where there is no own camera. Without data 0.
pub(super) fn form(seen: ScoreEvidence<'_>, weights: &Weights) -> f64 {
    let outer = seen
        .outer
        .filter(|status| status.status() != Status::NoData);
    if seen.camera.is_none() && seen.insole.is_none() && outer.is_none() {
        return 0.0;
    }
    let mut costs = [0.0; Topic::ALL.len()];
    let mut charge = |topic: Topic| costs[topic as usize] = weights.of(topic);
    for fault in seen
        .insole
        .unwrap_or_default()
        .iter()
        .filter(|verdict| verdict.is_fault())
    {
        charge(fault.rule.topic());
    }
    if let Some(status) = outer.filter(|_| seen.camera.is_none()) {
        let marks = status
            .marks()
            .into_iter()
            .zip([Topic::Lumbar, Topic::Knee, Topic::Ankle]);
        marks
            .filter(|(mark, _)| *mark == Mark::Bad)
            .for_each(|(_, topic)| charge(topic));
    }
    ((seen.camera.unwrap_or(100.0) - costs.iter().sum::<f64>()) / 100.0).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Assessment, Rule, Source, Unit};

    const NOTHING: ScoreEvidence<'_> = ScoreEvidence {
        camera: None,
        insole: None,
        outer: None,
    };

    fn score(seen: ScoreEvidence<'_>) -> f64 {
        form(seen, &Weights::default())
    }

    #[test]
    fn nothing_seen_is_zero() {
        assert_eq!(score(NOTHING), 0.0);
        assert_eq!(
            score(ScoreEvidence {
                outer: Some(AiStatus::default()),
                ..NOTHING
            }),
            0.0
        );
    }

    #[test]
    fn each_topic_costs_once() {
        let fault = |rule| Verdict::new(rule, Assessment::Bad, Unit::Percent, Source::Insole);
        let verdicts = [
            fault(Rule::FrontShare),
            fault(Rule::LeftRightDiff),
            fault(Rule::HeelLift),
        ];
        assert_eq!(
            score(ScoreEvidence {
                insole: Some(&verdicts),
                ..NOTHING
            }),
            0.65
        );
        assert_eq!(
            score(ScoreEvidence {
                insole: Some(&verdicts),
                camera: Some(80.0),
                ..NOTHING
            }),
            0.45
        );
        assert_eq!(
            score(ScoreEvidence {
                insole: Some(&verdicts),
                camera: Some(20.0),
                ..NOTHING
            }),
            0.0
        );
    }

    #[test]
    fn an_outer_ai_counts_only_without_an_own_camera() {
        let outer = Some(AiStatus {
            knee: Mark::Bad,
            lumbar: Mark::Bad,
            ankle: Mark::Null,
        });
        assert_eq!(score(ScoreEvidence { outer, ..NOTHING }), 0.45);
        assert_eq!(
            score(ScoreEvidence {
                outer,
                camera: Some(90.0),
                ..NOTHING
            }),
            0.9
        );
    }
}
