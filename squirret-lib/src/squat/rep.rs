//! One repetition: its times, its depth, its faults.

use serde::{Deserialize, Serialize};

use super::{
    Angles, SquatConfig, View,
    faults::{FaultRule, TABLE},
    phase::Timing,
};
use crate::{
    UnixMillis,
    score::Weights,
    verdict::{Assessment, Reason, Rule, Source, Unit, Verdict},
};

/// One repetition.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Rep {
    /// 1, 2, 3 …
    pub number: u32,
    /// Start of the descent.
    pub start: UnixMillis,
    /// Back at standing.
    pub end: UnixMillis,
    /// Deepest point, 0 standing, 1 thigh parallel; may pass 1.
    pub depth: f64,
    /// Seconds from standing to the bottom.
    pub descent_seconds: f64,
    /// Seconds at the bottom.
    pub bottom_seconds: f64,
    /// Seconds from the bottom to standing.
    pub ascent_seconds: f64,
    /// Descent over ascent; 2 is taught (Myer 2014).
    pub tempo_ratio: f64,
    /// Largest knee flexion, degrees from straight, as the view shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub knee_flexion: Option<f64>,
    /// From where it was seen, most of the time; `None` where no camera saw it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub view: Option<View>,
    /// 0 to 100: 100 minus the weighted faults ([`Weights`]); 0 when nothing was assessed.
    pub score: f64,
    /// Faults and what was not assessed.
    pub verdicts: Vec<Verdict>,
}

impl Rep {
    /// Whether something was assessed and nothing was at fault. A repetition of which nothing could be judged is neither
    /// clean nor faulty.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.verdicts.iter().any(Verdict::is_assessed)
            && !self.verdicts.iter().any(Verdict::is_fault)
    }

    /// The same with every measure rounded to three digits behind the point: there is no more in it, and people read it.
    pub(crate) fn rounded(mut self) -> Self {
        let round = |value: &mut f64| *value = (*value * 1e3).round() / 1e3;
        round(&mut self.depth);
        round(&mut self.tempo_ratio);
        round(&mut self.score);
        self.knee_flexion.as_mut().map(round);
        for verdict in &mut self.verdicts {
            verdict.value.as_mut().map(round);
            verdict.threshold.as_mut().map(round);
        }
        self
    }
}

/// One rule over the frames of a repetition.
#[derive(Clone, Copy, Debug)]
struct Tally {
    bad_seconds: f64,
    warning_seconds: f64,
    worst: Option<Verdict>,
    good: Option<Verdict>,
    reason: Reason,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            bad_seconds: 0.0,
            warning_seconds: 0.0,
            worst: None,
            good: None,
            reason: Reason::NoData,
        }
    }
}

impl Tally {
    fn take(&mut self, verdict: &Verdict, dt: f64) {
        match verdict.assessment {
            Assessment::NotAssessed(reason) => self.reason = reason,
            Assessment::Good => self.keep_nearer(verdict),
            Assessment::Warning => {
                self.warning_seconds += dt;
                self.keep_worse(verdict);
            }
            Assessment::Bad => {
                self.bad_seconds += dt;
                self.warning_seconds += dt;
                self.keep_worse(verdict);
            }
        }
    }

    /// Of good values the one nearest to the threshold tells the most.
    fn keep_nearer(&mut self, verdict: &Verdict) {
        let distance = |verdict: &Verdict| {
            verdict
                .value
                .zip(verdict.threshold)
                .map_or(f64::INFINITY, |(value, threshold)| {
                    (value - threshold).abs()
                })
        };
        if self
            .good
            .as_ref()
            .is_none_or(|good| distance(verdict) < distance(good))
        {
            self.good = Some(*verdict);
        }
    }

    fn keep_worse(&mut self, verdict: &Verdict) {
        let distance = |verdict: &Verdict| {
            let (value, threshold) = (
                verdict.value.unwrap_or_default(),
                verdict.threshold.unwrap_or_default(),
            );
            (
                verdict.assessment == Assessment::Bad,
                (value - threshold).abs(),
            )
        };
        if self
            .worst
            .as_ref()
            .is_none_or(|worst| distance(verdict) > distance(worst))
        {
            self.worst = Some(*verdict);
        }
    }

    /// The rule's verdict on the whole: a fault or warning must have lasted.
    fn verdict(&self, rule: &FaultRule, min_seconds: f64) -> Verdict {
        match (self.worst, self.good) {
            (Some(worst), _) if self.bad_seconds >= min_seconds => Verdict {
                assessment: Assessment::Bad,
                ..worst
            },
            (Some(worst), _) if self.warning_seconds >= min_seconds => Verdict {
                assessment: Assessment::Warning,
                ..worst
            },
            (Some(brief), None) => Verdict {
                assessment: Assessment::Good,
                ..brief
            },
            (_, Some(good)) => good,
            (None, None) => rule.not_assessed(self.reason),
        }
    }
}

/// Three frames that came within this time are of one moment, s.
const MOMENT_SECONDS: f64 = 0.12;

/// The smallest angle of a knee. Where frames come fast it is the smallest median of three, as noise would make it smaller.
#[derive(Debug, Default)]
struct Bend {
    least: Option<f64>,
    /// The last two angles, and how long after the frame before each came, s.
    last: [Option<(f64, f64)>; 2],
}

impl Bend {
    fn take(&mut self, angle: Option<f64>, dt: f64) {
        let Some(angle) = angle else {
            self.last = [None; 2];
            return;
        };
        let now = match self.last {
            [Some((first, _)), Some((second, between))] if between + dt <= MOMENT_SECONDS => {
                first.min(second).max(first.max(second).min(angle))
            }
            _ => angle,
        };
        self.least = Some(self.least.map_or(now, |least| least.min(now)));
        self.last = [self.last[1], Some((angle, dt))];
    }
}

/// What the frames of the present repetition showed.
#[derive(Debug, Default)]
pub(super) struct Record {
    tallies: [Tally; TABLE.len()],
    views: [u32; 3],
    /// Smallest angle of both knees, and of either.
    straightest_bend: Bend,
    deepest_knee: Bend,
}

impl Record {
    /// One frame's verdicts, in the order of the table.
    pub(super) fn take(&mut self, verdicts: &[Verdict], view: View, angles: &Angles, dt: f64) {
        for (tally, verdict) in self.tallies.iter_mut().zip(verdicts) {
            tally.take(verdict, dt);
        }
        self.views[view as usize] += 1;
        self.straightest_bend.take(angles.knee(), dt);
        let either = match (angles.left_knee, angles.right_knee) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (one, other) => one.or(other),
        };
        self.deepest_knee.take(either, dt);
    }

    /// How long the rule at this place in the table has been at fault, s.
    pub(super) fn bad_seconds(&self, place: usize) -> f64 {
        self.tallies[place].bad_seconds
    }

    fn depth(&self, timing: &Timing, view: View, config: &SquatConfig) -> Verdict {
        let knee = if view == View::Oblique {
            self.deepest_knee.least
        } else {
            self.straightest_bend.least
        };
        let seen = depth(timing.depth, knee.map(|knee| 180.0 - knee), view, config);
        // Somebody walked by, or the person was hidden: it may have been deeper.
        if timing.bottom_hidden && seen.assessment == Assessment::Bad {
            return not_assessed(Rule::Depth, seen.unit, Reason::NotVisible);
        }
        seen
    }

    fn view(&self) -> View {
        let [front, oblique, side] = self.views;
        if front >= oblique && front >= side {
            View::Front
        } else if side >= oblique {
            View::Side
        } else {
            View::Oblique
        }
    }

    /// The repetition.
    pub(super) fn finish(
        &self,
        number: u32,
        timing: Timing,
        config: &SquatConfig,
        weights: &Weights,
    ) -> Rep {
        let seconds = |from: UnixMillis, to: UnixMillis| to.since(from) as f64 / 1e3;
        let descent_seconds = seconds(timing.start, timing.bottom_from);
        let ascent_seconds = seconds(timing.bottom_to, timing.end);
        let (view, knee_flexion) = (
            self.view(),
            self.straightest_bend.least.map(|knee| 180.0 - knee),
        );
        let mut verdicts = vec![
            self.depth(&timing, view, config),
            tempo(descent_seconds, config),
        ];
        let judged = TABLE.iter().zip(&self.tallies);
        verdicts.extend(judged.map(|(rule, tally)| tally.verdict(rule, config.min_fault_seconds)));
        Rep {
            number,
            start: timing.start,
            end: timing.end,
            depth: timing.depth,
            descent_seconds,
            bottom_seconds: seconds(timing.bottom_from, timing.bottom_to),
            ascent_seconds,
            tempo_ratio: descent_seconds / ascent_seconds.max(0.05),
            knee_flexion,
            view: Some(view),
            score: weights.score(&verdicts).unwrap_or_default(),
            verdicts,
        }
    }
}

/// Deep enough: from the side by knee flexion, from the front by the hips' height over the knees and, where that
/// leaves room for doubt, by the flexion that the front can show. From an oblique view by the flexion of the knee that is
/// seen better, where the hips' height does not contradict it. What errors of the angle or a camera that looks down may
/// explain is a warning.
fn depth(depth: f64, knee_flexion: Option<f64>, view: View, config: &SquatConfig) -> Verdict {
    let judge = |value: f64, threshold: f64, doubt: f64, unit: Unit, confidence: f64| {
        let assessment = if value >= threshold {
            Assessment::Good
        } else if value >= threshold - doubt {
            Assessment::Warning
        } else {
            Assessment::Bad
        };
        Verdict::new(Rule::Depth, assessment, unit, Source::Camera)
            .with_evidence(value, threshold, confidence)
    };
    let front_flexion = config.front_flexion_degrees;
    match (view, knee_flexion) {
        (View::Side, Some(flexion)) => {
            let (least, doubt) = (
                config.side_flexion_degrees,
                config.side_flexion_error_degrees,
            );
            judge(flexion, least, doubt, Unit::Degrees, 0.9)
        }
        (View::Front, Some(flexion))
            if (config.front_doubt_depth..config.front_parallel_depth).contains(&depth) =>
        {
            judge(flexion, front_flexion, front_flexion, Unit::Degrees, 0.4)
        }
        (View::Front, Some(flexion))
            if (config.front_depth..config.front_parallel_depth).contains(&depth) =>
        {
            judge(flexion, front_flexion, 0.0, Unit::Degrees, 0.6)
        }
        (View::Front, _) => judge(depth, config.front_depth, 0.0, Unit::Ratio, 0.8),
        (View::Side, None) => not_assessed(Rule::Depth, Unit::Degrees, Reason::NotVisible),
        (View::Oblique, Some(flexion))
            if (flexion >= front_flexion) == (depth >= config.front_depth) =>
        {
            judge(flexion, front_flexion, 0.0, Unit::Degrees, 0.5)
        }
        (View::Oblique, _) => not_assessed(Rule::Depth, Unit::Degrees, Reason::View),
    }
}

/// A quick descent is worth an advice. It is no fault: cameras do not tell a drop from a quick squat.
fn tempo(descent_seconds: f64, config: &SquatConfig) -> Verdict {
    let assessment = if descent_seconds < config.min_descent_seconds {
        Assessment::Warning
    } else {
        Assessment::Good
    };
    Verdict::new(
        Rule::DescentTempo,
        assessment,
        Unit::Seconds,
        Source::Camera,
    )
    .with_evidence(descent_seconds, config.min_descent_seconds, 0.8)
}

const fn not_assessed(rule: Rule, unit: Unit, reason: Reason) -> Verdict {
    Verdict::new(rule, Assessment::NotAssessed(reason), unit, Source::Camera)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth_of(view: View, way: f64, flexion: f64) -> (Assessment, Option<f64>) {
        let verdict = depth(way, Some(flexion), view, &SquatConfig::default());
        (verdict.assessment, verdict.threshold)
    }

    use Assessment::{Bad, Good, Warning};

    #[test]
    fn from_the_side_a_knee_flexion_below_a_hundred_degrees_is_not_deep_enough() {
        assert_eq!(depth_of(View::Side, 0.5, 100.0), (Good, Some(100.0)));
        assert_eq!(depth_of(View::Side, 1.0, 99.9), (Warning, Some(100.0)));
        assert_eq!(depth_of(View::Side, 1.0, 93.9), (Bad, Some(100.0)));
    }

    #[test]
    fn from_the_front_the_hips_height_over_the_knees_tells_the_depth() {
        assert_eq!(depth_of(View::Front, 0.69, 120.0), (Bad, Some(0.7)));
        assert_eq!(depth_of(View::Front, 0.9, 60.0), (Good, Some(0.7)));
        // In between, the flexion that the front can show decides.
        assert_eq!(depth_of(View::Front, 0.76, 84.9), (Bad, Some(85.0)));
        assert_eq!(depth_of(View::Front, 0.8, 84.9), (Warning, Some(85.0)));
        assert_eq!(depth_of(View::Front, 0.8, 85.0), (Good, Some(85.0)));
    }

    #[test]
    fn one_frame_of_a_fast_camera_does_not_bend_the_knee() {
        let least = |dt: f64| {
            let mut bend = Bend::default();
            for angle in [170.0, 120.0, 95.0, 60.0, 96.0, 118.0] {
                bend.take(Some(angle), dt);
            }
            bend.least
        };
        assert_eq!(least(1.0 / 30.0), Some(95.0));
        assert_eq!(least(0.2), Some(60.0), "a slow camera has no other frame");
    }

    #[test]
    fn from_an_oblique_view_flexion_and_height_must_agree_on_the_depth() {
        assert_eq!(depth_of(View::Oblique, 0.8, 110.0), (Good, Some(85.0)));
        assert_eq!(depth_of(View::Oblique, 0.5, 60.0), (Bad, Some(85.0)));
        for (way, flexion) in [(0.6, 110.0), (0.8, 60.0)] {
            let (assessment, _) = depth_of(View::Oblique, way, flexion);
            assert_eq!(assessment, Assessment::NotAssessed(Reason::View));
        }
    }

    #[test]
    fn a_quick_descent_is_a_warning_and_no_fault() {
        let config = SquatConfig::default();
        let pace = |seconds| tempo(seconds, &config).assessment;
        assert_eq!(
            [pace(0.1), pace(0.34), pace(0.36)],
            [Warning, Warning, Good]
        );
    }
}
