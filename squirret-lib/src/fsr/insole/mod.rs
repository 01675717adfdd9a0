//! Both feet.

use super::{
    Baseline, CentreOfPressure, Followed, Foot, ForceRep, ForceTracker, FsrConfig, LoadRecord,
    Means, Sample, SensorGroup, SensorLayout, Side, Summary, Uncounted, Verdicts,
    baseline::Calibrator,
    foot::FootLoad,
    metrics::mean_ratios,
    personal::{RuleEvidence, load_error, share_error},
    span::LoadAccumulator,
};
use crate::{
    Stage, UnixMillis,
    certainty::certainty,
    verdict::{Rule, Verdict},
};

/// Both feet of one person.
///
/// The configuration is an argument of each call, as all sessions share one.
#[derive(Clone, Debug)]
pub struct Insole {
    feet: [Foot; 2],
    calibrator: Calibrator,
    baseline: Option<Baseline>,
    /// The left foot's share of the weight of a quiet standing that was too uneven to be taken, and when that was.
    uneven: Option<(f64, UnixMillis)>,
    /// How each foot's load was spread in the last quiet standing, taken or not.
    stand: [Option<super::SensorValues>; 2],
    /// Whether the person confirmed that they stand so.
    confirmed: bool,
    motion: ForceTracker,
    span: Option<LoadAccumulator>,
}

/// What the rules say about the window.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct InsoleAssessment {
    /// The stage whose rules were applied: going down or coming up.
    pub stage: Stage,
    /// The rules' outcome, the worst first.
    pub sheet: Verdicts,
    /// What they looked at.
    pub summary: Summary,
}

/// What a sample led to.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct PushOutcome {
    /// When it was measured; `None` for a foot in the air and for a repetition.
    pub at: Option<UnixMillis>,
    /// It is the newest of a foot on the ground; else a foot in the air, or late, or a repetition.
    pub loaded: bool,
    /// With it the standing calibration is done.
    pub calibrated: bool,
    /// The person stood quietly, but with so much of the weight, in per cent, on the left foot that it was not taken for
    /// a baseline.
    pub uneven: Option<f64>,
    /// The squat that ended with it, as the force on both feet shows it.
    pub squat: Option<ForceRep>,
    /// A movement that was not counted, as samples are missing.
    pub uncounted: Option<Uncounted>,
}

impl Insole {
    /// Feet without data.
    #[must_use]
    pub fn new(config: &FsrConfig) -> Self {
        Self {
            feet: [Foot::new(config), Foot::new(config)],
            calibrator: Calibrator::new(config.calibration.unasked),
            baseline: None,
            uneven: None,
            stand: [None; 2],
            confirmed: false,
            motion: ForceTracker::default(),
            span: None,
        }
    }

    /// Takes a sample; `now` is when it arrived.
    pub fn push(&mut self, config: &FsrConfig, sample: &Sample, now: UnixMillis) -> PushOutcome {
        let [left, right] = &mut self.feet;
        let (foot, mirror) = match sample.side {
            Side::Left => (left, right),
            Side::Right => (right, left),
        };
        let Some(load) = foot.push(config, sample, mirror, now) else {
            if foot.is_unloaded() || foot.is_saturated() {
                self.calibrator.disturb();
                self.motion.interrupt();
            }
            return PushOutcome::default();
        };
        let least = config.motion.least_hertz();
        let quick = foot.hertz().is_none_or(|hertz| hertz >= least);
        let force = load.forces.filter(|_| quick).map(|(_, sum)| sum);
        let shift = self.shift(sample.side, &load);
        let followed = force.map_or_else(Followed::default, |force| {
            self.motion
                .push(&config.motion, sample.side, force, shift, load.at)
        });
        // Whoever was never seen standing may have been found at the bottom.
        let known = |squat: &ForceRep| squat.descent_seen || self.baseline.is_some();
        let taken = PushOutcome {
            at: Some(load.at),
            squat: followed.squat.filter(known),
            uncounted: followed.uncounted,
            ..PushOutcome::default()
        };
        if load.late {
            return taken;
        }
        let task = self.calibrator.task();
        let waiting = self.calibrator.is_waiting();
        let forces = load.forces.as_ref().map(|(forces, _)| forces);
        let standing = self
            .calibrator
            .add(sample.side, &load.ratios, forces, config, load.at);
        self.stand = standing.map_or(self.stand, |standing| standing.ratios);
        // What stands in for a lost sensor is too rough to say how the weight is shared.
        let lost = self.feet.iter().any(Foot::has_lost_sensor);
        let uneven = standing.filter(|standing| {
            waiting && !self.confirmed && !lost && standing.is_uneven(&config.calibration)
        });
        if let Some(left) = uneven.and_then(|standing| standing.left_load) {
            self.uneven = Some((left, now));
            self.calibrator.refuse(task);
        }
        let standing = standing.filter(|_| uneven.is_none());
        let calibrated = standing.is_some() && waiting;
        match standing {
            Some(standing) if calibrated => {
                self.adopt(standing);
                // The person stands, and may begin at once.
                self.motion = ForceTracker::at_rest(standing.weight);
            }
            Some(standing) => self.compare(config, &standing),
            None => {}
        }
        self.add_to_span(config, sample.side, &load);
        PushOutcome {
            loaded: true,
            calibrated,
            uneven: uneven.and_then(|standing| standing.left_load),
            ..taken
        }
    }

    /// The part of a foot's load that is elsewhere than when the person stands.
    fn shift(&self, side: Side, load: &FootLoad) -> f64 {
        self.stand[side.index()].map_or(0.0, |own| {
            let apart = own
                .iter()
                .zip(load.ratios)
                .map(|(own, ratio)| (own - ratio).abs());
            apart.sum::<f64>() / 200.0
        })
    }

    fn add_to_span(&mut self, config: &FsrConfig, side: Side, load: &FootLoad) {
        let means = self.span.as_ref().map(|_| self.present_means(load.at));
        let (Some(span), Some(means)) = (&mut self.span, means) else {
            return;
        };
        span.add(side, &load.ratios, load.forces.map(|(_, sum)| sum));
        if let Some(present) = Summary::of(means[0].as_ref(), means[1].as_ref(), &config.layout) {
            span.note(
                &present,
                centre_of(&means, &present, &config.layout),
                load.at,
            );
        }
    }

    /// Takes the standing baseline anew: the next quiet standing within a minute. Until then the old one counts. An uneven
    /// stand is refused once; who asks again within a minute confirms it.
    pub fn calibrate(&mut self, config: &FsrConfig, now: UnixMillis) {
        let patience_ms = i64::from(config.calibration.patience_ms);
        self.confirmed = self
            .uneven
            .is_some_and(|(_, at)| now.since(at) <= patience_ms);
        self.calibrator.ask(&config.calibration, now);
    }

    /// Takes the standing baseline anew at the next quiet standing that is beyond doubt.
    pub fn await_standing(&mut self) {
        self.calibrator = Calibrator::new(true);
    }

    /// Whether the next quiet standing makes the baseline.
    #[must_use]
    pub const fn is_waiting_for_standing(&self) -> bool {
        self.calibrator.is_waiting()
    }

    /// Never calibrates, unless asked to.
    pub fn never_calibrate(&mut self) {
        self.calibrator.rest();
    }

    /// The person moves, so this is no standing; for callers that see it otherwise.
    pub fn disturb(&mut self) {
        self.calibrator.disturb();
    }

    /// Holds another quiet standing against the calibration: a sensor whose share has moved while that of its mirror
    /// on the other foot has not, drifts.
    fn compare(&mut self, config: &FsrConfig, standing: &Baseline) {
        let Some(own) = &self.baseline else { return };
        let ([Some(left), Some(right)], [Some(own_left), Some(own_right)]) =
            (standing.ratios, own.ratios)
        else {
            return;
        };
        let apart: super::SensorValues = std::array::from_fn(|index| {
            (left[index] - own_left[index]) - (right[index] - own_right[index])
        });
        // Which of the two has moved: the one that is further from its own share.
        let blame = |mine: &super::SensorValues,
                     own: &super::SensorValues,
                     theirs: &super::SensorValues,
                     their_own: &super::SensorValues|
         -> super::SensorValues {
            std::array::from_fn(|index| {
                let (here, there) = (mine[index] - own[index], theirs[index] - their_own[index]);
                if here.abs() >= there.abs() {
                    apart[index]
                } else {
                    0.0
                }
            })
        };
        let blamed = [
            blame(&left, &own_left, &right, &own_right),
            blame(&right, &own_right, &left, &own_left),
        ];
        for (foot, apart) in self.feet.iter_mut().zip(&blamed) {
            foot.compare(apart, config);
        }
    }

    /// Judges by this baseline from now on.
    pub fn adopt(&mut self, baseline: Baseline) {
        for (foot, gains) in self.feet.iter_mut().zip(baseline.gains) {
            foot.calibrate(gains);
        }
        self.stand = baseline.ratios;
        self.baseline = Some(baseline);
        (self.uneven, self.confirmed) = (None, false);
        self.motion = ForceTracker::default();
    }

    /// How the person stands, once it is known.
    #[must_use]
    pub const fn baseline(&self) -> Option<&Baseline> {
        self.baseline.as_ref()
    }

    /// The left foot's share of the weight, in per cent, of the last quiet standing that was too uneven to be taken for the
    /// baseline, and when that was.
    #[must_use]
    pub const fn uneven_stand(&self) -> Option<(f64, UnixMillis)> {
        self.uneven
    }

    /// Whether a calibration that was asked for is under way.
    #[must_use]
    pub const fn is_calibrating(&self) -> bool {
        self.calibrator.is_asked()
    }

    /// What the force on both feet says of the body's movement.
    #[must_use]
    pub const fn motion(&self) -> &ForceTracker {
        &self.motion
    }

    /// Bytes on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let feet: usize = self.feet.iter().map(Foot::heap_bytes).sum();
        feet + self.motion.heap_bytes()
    }

    /// Whether the load of a foot is not known, as its sensors stand at the end of their range or are frozen.
    #[must_use]
    pub fn has_saturated_foot(&self) -> bool {
        self.feet.iter().any(Foot::is_saturated)
    }

    /// One foot.
    #[must_use]
    pub const fn foot(&self, side: Side) -> &Foot {
        &self.feet[side.index()]
    }

    /// The window's metrics; `None` when neither foot has data.
    #[must_use]
    pub fn summary(&self, config: &FsrConfig, now: UnixMillis) -> Option<Summary> {
        let [left, right] = &self.feet;
        Summary::of(
            left.means(now).as_ref(),
            right.means(now).as_ref(),
            &config.layout,
        )
    }

    /// Judges the window. With a baseline by the rules relative to it, else by the original's: those of `stage` where
    /// that is going down or coming up, else those that fit better. `None` when neither foot has data.
    #[must_use]
    pub fn judge(
        &self,
        config: &FsrConfig,
        stage: Stage,
        now: UnixMillis,
    ) -> Option<InsoleAssessment> {
        let [left, right] = &self.feet;
        self.judge_means(config, stage, [left.means(now), right.means(now)], None)
    }

    /// Judges the load of right now in the same way.
    #[must_use]
    pub fn judge_present(
        &self,
        config: &FsrConfig,
        stage: Stage,
        now: UnixMillis,
    ) -> Option<InsoleAssessment> {
        self.judge_means(config, stage, self.present_means(now), None)
    }

    /// Begins to add up the load of a movement.
    pub fn begin_span(&mut self) {
        self.span = Some(LoadAccumulator::default());
    }

    /// Ends the movement: how the weight was carried from its begin, and what the rules say. Means count over the
    /// whole of it; the heels at their lowest and the centre of pressure furthest forward. `None` without data.
    pub fn end_span(&mut self, config: &FsrConfig) -> Option<(LoadRecord, InsoleAssessment)> {
        let span = self.span.take()?;
        let judgement = self.judge_means(config, Stage::Unknown, span.means(), span.extremes())?;
        Some((span.record(&config.layout)?, judgement))
    }

    fn present_means(&self, now: UnixMillis) -> [Option<Means>; 2] {
        let [left, right] = &self.feet;
        [left.present_means(now), right.present_means(now)]
    }

    pub(super) fn judge_means(
        &self,
        config: &FsrConfig,
        stage: Stage,
        means: [Option<Means>; 2],
        extremes: Option<(f64, f64)>,
    ) -> Option<InsoleAssessment> {
        let [left, right] = [means[0].as_ref(), means[1].as_ref()];
        let summary = Summary::of(left, right, &config.layout)?;
        let ratios = mean_ratios(left, right)?;
        let (stage, mut sheet) = match stage {
            Stage::Descent | Stage::Bottom => {
                (Stage::Descent, config.rules.descent(&summary.metrics))
            }
            Stage::Ascent => (Stage::Ascent, config.rules.ascent(&summary.metrics)),
            Stage::Standing | Stage::Unknown => config.rules.choose(&summary.metrics),
        };
        if let Some(baseline) = &self.baseline {
            let mut centre = centre_of(&means, &summary, &config.layout);
            let mut heel = summary.metrics.heel;
            if let Some((lowest, furthest)) = extremes {
                heel = lowest;
                centre = centre.map(|centre| CentreOfPressure {
                    along: furthest,
                    ..centre
                });
            }
            let evidence = RuleEvidence {
                summary: &summary,
                ratios: &ratios,
                centre,
                heel,
            };
            sheet = config
                .personal
                .judge(evidence, baseline, &config.layout, &config.divider);
        } else {
            sheet
                .iter_mut()
                .for_each(|verdict| verdict.confidence = confidence(verdict, &ratios, config));
        }
        Some(InsoleAssessment {
            stage,
            sheet,
            summary,
        })
    }

    /// Where the load of both feet is centred right now.
    #[must_use]
    pub fn centre(&self, config: &FsrConfig, now: UnixMillis) -> Option<CentreOfPressure> {
        let means = self.present_means(now);
        let summary = Summary::of(means[0].as_ref(), means[1].as_ref(), &config.layout)?;
        centre_of(&means, &summary, &config.layout)
    }
}

/// The centre between the feet.
fn centre_of(
    means: &[Option<Means>; 2],
    summary: &Summary,
    layout: &SensorLayout,
) -> Option<CentreOfPressure> {
    let [left, right] = [0, 1].map(|foot: usize| {
        means[foot].and_then(|means| CentreOfPressure::of(&means.ratios, layout))
    });
    CentreOfPressure::between(left, right, summary.left_load)
}

/// How sure a verdict of the original's rules is, given how much uncalibrated parts differ.
fn confidence(verdict: &Verdict, ratios: &super::SensorValues, config: &FsrConfig) -> f64 {
    let (Some(value), Some(threshold)) = (verdict.value, verdict.threshold) else {
        return 0.0;
    };
    let (layout, spread) = (&config.layout, config.divider.part_spread);
    let share = |group: SensorGroup| share_error(ratios, group, spread);
    let error = match verdict.rule {
        Rule::FrontShare => share(layout.front),
        Rule::InnerShare => share(layout.inner),
        Rule::OuterShare => share(layout.outer),
        Rule::RearShare => share(layout.rear),
        // The outer share is what the inner is not, so the difference moves twice as much.
        Rule::InnerOuterDiff => 2.0 * share(layout.inner),
        Rule::LeftRightDiff => load_error(ratios, spread),
        _ => share(layout.heel),
    };
    certainty(value, threshold, error)
}

#[cfg(test)]
mod tests;
