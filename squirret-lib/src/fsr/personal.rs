//! Rules relative to how the person stands, and how sure they are.

use serde::{Deserialize, Serialize};

use super::{
    Baseline, CentreOfPressure, Divider, LeftRightBasis, SensorGroup, SensorLayout, SensorValues,
    Summary, Verdicts,
};
use crate::certainty::certainty;
use crate::verdict::{Assessment, Reason, Rule, Source, Unit, Verdict};

/// Thresholds relative to the person's own standing baseline.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PersonalRules {
    /// The heel lifts when its share falls below this part of the own standing share, in per cent; default 50
    /// (*proposed*).
    pub heel_part: f64,
    /// The forefoot carries at most this much more than standing, in points; default 15 (*proposed*).
    pub front_points: f64,
    /// The weight moves inward or outward by at most this, in points; default 10 (*proposed*).
    pub side_points: f64,
    /// The feet's loads differ by at most this much more than standing, in per cent; default 15 (BMC Sports Sci Med
    /// Rehabil 2020).
    pub left_right_percent: f64,
    /// Above this a difference of the feet's loads is a warning, in per cent; default 10 (same source, its strict
    /// limit).
    pub left_right_strict: f64,
    /// The centre of pressure is at most this far forward, in per cent of the foot's length from the heel; default
    /// 70 (PMC6667313). Cued squats have it at 44.4 ± 2.1 to 53.5 ± 2.4 (Ishida 2022, JSSM 21:341).
    pub max_along: f64,
}

impl Default for PersonalRules {
    fn default() -> Self {
        Self {
            heel_part: 50.0,
            front_points: 15.0,
            side_points: 10.0,
            left_right_percent: 15.0,
            left_right_strict: 10.0,
            max_along: 70.0,
        }
    }
}

/// What the rules look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct RuleEvidence<'a> {
    pub(super) summary: &'a Summary,
    pub(super) ratios: &'a SensorValues,
    /// Furthest forward.
    pub(super) centre: Option<CentreOfPressure>,
    /// The heels' share, at its lowest.
    pub(super) heel: f64,
}

impl PersonalRules {
    /// All rules, the worst first.
    pub(super) fn judge(
        &self,
        evidence: RuleEvidence<'_>,
        baseline: &Baseline,
        layout: &SensorLayout,
        divider: &Divider,
    ) -> Verdicts {
        let (own, now) = (&baseline.metrics, &evidence.summary.metrics);
        let sure = |value: f64, limit: f64, group: SensorGroup| {
            certainty(
                value,
                limit,
                share_error(evidence.ratios, group, divider.part_repeatability),
            )
        };
        let most = |rule, value: f64, limit: f64, group| {
            judged(
                rule,
                value <= limit,
                value,
                limit,
                sure(value, limit, group),
            )
        };
        let heel = own.heel * self.heel_part / 100.0;
        Verdicts::of(&[
            judged(
                Rule::HeelLift,
                evidence.heel >= heel,
                evidence.heel,
                heel,
                sure(evidence.heel, heel, layout.heel),
            ),
            most(
                Rule::FrontShare,
                now.front,
                own.front + self.front_points,
                layout.front,
            ),
            self.centre(evidence.centre),
            most(
                Rule::InnerShare,
                now.inner,
                own.inner + self.side_points,
                layout.inner,
            ),
            most(
                Rule::OuterShare,
                now.outer,
                own.outer + self.side_points,
                layout.outer,
            ),
            self.left_right(&evidence, baseline, divider),
        ])
    }

    fn centre(&self, centre: Option<CentreOfPressure>) -> Verdict {
        match centre {
            // Six sensors place the centre to about 8 mm (Choi 2018), 3 % of a foot.
            Some(CentreOfPressure { along, .. }) => {
                let sure = certainty(along, self.max_along, 3.0);
                judged(
                    Rule::CopForward,
                    along <= self.max_along,
                    along,
                    self.max_along,
                    sure,
                )
            }
            None => not_assessed(Rule::CopForward, Reason::NoData),
        }
    }

    fn left_right(
        &self,
        evidence: &RuleEvidence<'_>,
        baseline: &Baseline,
        divider: &Divider,
    ) -> Verdict {
        let metrics = &evidence.summary.metrics;
        let (Some(value), Some(basis)) =
            (metrics.left_right_diff, evidence.summary.left_right_basis)
        else {
            return not_assessed(Rule::LeftRightDiff, Reason::NoData);
        };
        // Loads are even while standing, by the calibration's gains; patterns are compared with the own pattern.
        let own = match basis {
            LeftRightBasis::Load if baseline.weight.is_some() => 0.0,
            LeftRightBasis::Load => return not_assessed(Rule::LeftRightDiff, Reason::NoBaseline),
            LeftRightBasis::Pattern => match baseline.metrics.left_right_diff {
                Some(own) => own,
                None => return not_assessed(Rule::LeftRightDiff, Reason::NoBaseline),
            },
        };
        let (warn, limit) = (own + self.left_right_strict, own + self.left_right_percent);
        let sure = certainty(
            value,
            limit,
            load_error(evidence.ratios, divider.part_repeatability),
        );
        let verdict = judged(Rule::LeftRightDiff, value <= limit, value, limit, sure);
        let warned = verdict.assessment == Assessment::Good && value > warn;
        if warned {
            Verdict {
                assessment: Assessment::Warning,
                ..verdict
            }
        } else {
            verdict
        }
    }
}

/// One standard deviation of the error of a group's share, in points, when each sensor errs by `spread` (relative)
/// on its own: `100 · spread · √(Σ_in w²(1−S)² + Σ_out w²S²)` for shares `w` and their sum `S` over the group.
pub(super) fn share_error(ratios: &SensorValues, group: SensorGroup, spread: f64) -> f64 {
    let share = group.sum(ratios) / 100.0;
    let inside = |index: usize| group.contains(index as u8 + 1);
    let term = |(index, ratio): (usize, &f64)| {
        let part = ratio / 100.0 * if inside(index) { 1.0 - share } else { share };
        part * part
    };
    100.0 * spread * ratios.iter().enumerate().map(term).sum::<f64>().sqrt()
}

/// One standard deviation of the error of `100·|L−R|/(L+R)` near even loads, in per cent, when the force is spread
/// over each foot like `ratios`.
pub(super) fn load_error(ratios: &SensorValues, spread: f64) -> f64 {
    let foot = Divider::foot_error(ratios, spread);
    50.0 * (2.0 * foot * foot).sqrt()
}

fn judged(rule: Rule, good: bool, value: f64, limit: f64, sure: f64) -> Verdict {
    let assessment = if good {
        Assessment::Good
    } else {
        Assessment::Bad
    };
    Verdict::new(rule, assessment, Unit::Percent, Source::Insole).with_evidence(value, limit, sure)
}

fn not_assessed(rule: Rule, reason: Reason) -> Verdict {
    super::rules::not_assessed(rule, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fsr::{FsrConfig, Insole, Means};

    const OWN: SensorValues = [26.0, 9.0, 8.0, 13.0, 24.0, 20.0];

    fn baseline(weight: Option<f64>) -> Baseline {
        let means = Means {
            ratios: OWN,
            force: None,
            samples: 1,
        };
        let metrics = Summary::of(Some(&means), Some(&means), &SensorLayout::default())
            .unwrap()
            .metrics;
        let at = crate::UnixMillis(0);
        Baseline {
            at,
            ratios: [Some(OWN); 2],
            gains: [[1.0; 6]; 2],
            metrics,
            weight,
            left_load: weight.map(|_| 50.0),
        }
    }

    /// How `rule` comes out for feet that carry `ratios` and the forces `left` and `right`.
    fn outcome(rule: Rule, ratios: SensorValues, forces: Option<(f64, f64)>) -> (Assessment, f64) {
        let config = FsrConfig::default();
        let mut insole = Insole::new(&config);
        insole.adopt(baseline(forces.map(|_| 2.0)));
        let means = |force| {
            Some(Means {
                ratios,
                force,
                samples: 1,
            })
        };
        let means = [
            means(forces.map(|(left, _)| left)),
            means(forces.map(|(_, right)| right)),
        ];
        let judgement = insole
            .judge_means(&config, crate::Stage::Unknown, means, None)
            .unwrap();
        let verdict = judgement
            .sheet
            .iter()
            .find(|verdict| verdict.rule == rule)
            .unwrap();
        (verdict.assessment, verdict.threshold.unwrap())
    }

    /// The own ratios with `points` moved from the sensors `from` to the sensors `to`, in equal parts.
    fn moved(points: f64, from: &[usize], to: &[usize]) -> SensorValues {
        let mut ratios = OWN;
        from.iter()
            .for_each(|sensor| ratios[sensor - 1] -= points / from.len() as f64);
        to.iter()
            .for_each(|sensor| ratios[sensor - 1] += points / to.len() as f64);
        ratios
    }

    #[test]
    fn the_own_standing_is_good_in_every_rule() {
        for rule in [
            Rule::HeelLift,
            Rule::FrontShare,
            Rule::CopForward,
            Rule::InnerShare,
            Rule::OuterShare,
        ] {
            assert_eq!(outcome(rule, OWN, None).0, Assessment::Good);
        }
        assert_eq!(
            outcome(Rule::LeftRightDiff, OWN, Some((1.0, 1.0))).0,
            Assessment::Good
        );
    }

    #[test]
    fn the_heel_lifts_below_half_of_its_own_standing_share() {
        let heel = |points| outcome(Rule::HeelLift, moved(points, &[1, 5], &[4, 6]), None);
        assert_eq!(heel(25.0), (Assessment::Good, 25.0));
        assert_eq!(heel(25.001).0, Assessment::Bad);
    }

    #[test]
    fn the_front_may_carry_fifteen_points_more_than_standing() {
        let front = |points| outcome(Rule::FrontShare, moved(points, &[1, 5], &[4, 6]), None);
        assert_eq!(front(15.0), (Assessment::Good, 56.0));
        assert_eq!(front(15.001).0, Assessment::Bad);
    }

    #[test]
    fn the_weight_may_move_ten_points_inward_or_outward() {
        let inner = |points| outcome(Rule::InnerShare, moved(points, &[1, 4], &[5, 6]), None).0;
        let outer = |points| outcome(Rule::OuterShare, moved(points, &[5, 6], &[1, 4]), None).0;
        assert_eq!(
            (inner(10.0), outer(10.0)),
            (Assessment::Good, Assessment::Good)
        );
        assert_eq!(
            (inner(10.001), outer(10.001)),
            (Assessment::Bad, Assessment::Bad)
        );
    }

    #[test]
    fn loads_differ_by_ten_per_cent_for_a_warning_and_by_fifteen_for_a_fault() {
        let diff = |percent: f64| {
            outcome(
                Rule::LeftRightDiff,
                OWN,
                Some((100.0 + percent, 100.0 - percent)),
            )
            .0
        };
        assert_eq!(diff(10.0), Assessment::Good);
        assert_eq!(diff(10.001), Assessment::Warning);
        assert_eq!(diff(15.0), Assessment::Warning);
        assert_eq!(diff(15.001), Assessment::Bad);
    }

    #[test]
    fn the_centre_of_pressure_is_too_far_forward_past_seventy_per_cent() {
        let places = SensorLayout::default().places;
        let toes = |along: f64| {
            // Sensors 3 and 4 share the load so that its centre lies there; their areas count too.
            let (near, far) = (places[2], places[3]);
            let part = (along - near.along) / (far.along - near.along);
            let mut ratios = [0.0; 6];
            ratios[3] = 50.0 * part / far.area;
            ratios[2] = 50.0 * (1.0 - part) / near.area;
            outcome(Rule::CopForward, ratios, None).0
        };
        assert_eq!(toes(69.99), Assessment::Good);
        assert_eq!(toes(70.01), Assessment::Bad);
    }

    #[test]
    fn the_error_of_loads_is_smaller_after_the_calibration() {
        let divider = Divider::default();
        assert!((load_error(&OWN, divider.part_spread) - 3.5).abs() < 0.2);
        assert!(load_error(&OWN, divider.part_repeatability) < 1.0);
    }
}
