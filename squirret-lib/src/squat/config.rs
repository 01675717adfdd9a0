//! Every threshold of the camera's judgement.

use serde::{Deserialize, Serialize};

/// Thresholds of the camera's judgement. *Proposed* means: chosen here, no paper behind it.
///
/// ```
/// let config = squirret::squat::SquatConfig::default();
/// assert_eq!(config.trunk_lean_fault_degrees, 21.0);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SquatConfig {
    /// A point counts from this visibility on, 0 to 1; default 0.5, MediaPipe's own default.
    pub min_visibility: f64,
    /// Angle of the standing person's shoulders and hips to the picture's plane up to which a view is frontal, degrees;
    /// default 27 (*proposed*; measured 0 to 21 from the front, 49 to 77 from 40 to 60° off the front).
    pub front_yaw_degrees: f64,
    /// The same from which a view is from the side, degrees; default 79 (*proposed*; measured 81 to 88 from the side).
    pub side_yaw_degrees: f64,
    /// How far the angle must pass a threshold before the view changes, degrees; default 5 (*proposed*).
    pub yaw_hysteresis_degrees: f64,
    /// Shoulder width over torso length from which a view is frontal where a skeleton has no depth; default 0.5
    /// (*proposed*; seen from the front it is 0.63 to 1.1).
    pub front_ratio: f64,
    /// Shoulder width over torso length up to which a view is from the side where a skeleton has no depth; default 0.3
    /// (*proposed*).
    pub side_ratio: f64,
    /// Cut-off of the smoothing of a still body, Hz; default 1.5 (*proposed*).
    pub smoothing_cutoff_hz: f64,
    /// How much the cut-off rises with speed, Hz per unit of depth a second; default 6 (*proposed*).
    pub smoothing_beta: f64,
    /// Below this depth a person stands; default 0.1 (*proposed*). Depth is 0 standing and 1 with the thigh parallel.
    pub standing_depth: f64,
    /// Above this depth a descent has begun; default 0.16 (*proposed*).
    pub descent_depth: f64,
    /// A dip that does not reach this depth is no repetition; default 0.2, the thigh 37° off the vertical (*proposed*: a
    /// quarter squat is a squat that must be told to go deeper, a bow or a nod is none).
    pub min_rep_depth: f64,
    /// The way back up from the deepest point that ends the bottom, in depth; default 0.08 (*proposed*).
    pub reversal_depth: f64,
    /// Shortest repetition, s; default 0.5 (*proposed*): faster ones are jerks of the tracker.
    pub min_rep_seconds: f64,
    /// Longest repetition, s; default 20 (*proposed*): who stays down longer sits.
    pub max_rep_seconds: f64,
    /// Frames missing for longer than this end what was going on, s; default 1.
    pub max_gap_seconds: f64,
    /// How long a person who came in or stepped must stand on the spot before a repetition counts, s; default 0.5
    /// (*proposed*: about as long as fast squatters stand between repetitions). Whoever is seen standing from the first frame on
    /// need not.
    pub setup_seconds: f64,
    /// When the way from one foot to the other changes by more than this in a squat, in torso lengths, the feet have
    /// stepped: it does not count. Default 0.35, about 17 cm (*proposed*: in 116 clips of squats no foot goes further
    /// than 0.19).
    pub step_ratio: f64,
    /// Knees whose angles differ by more than this at the bottom belong to a lunge, degrees; default 45 (*proposed*:
    /// lunges differ by 53 to 111, squats by up to 23, from an oblique view by up to 32).
    pub knee_difference_degrees: f64,
    /// The same for how far the knees lie below their hips, in torso lengths; default 0.35 (*proposed*: squats differ by
    /// up to 0.16).
    pub thigh_difference_ratio: f64,
    /// A trunk this far off the vertical at the bottom is no squat's, degrees; default 64 (*proposed*: push-ups and
    /// burpees have 74 to 90, squats up to 44, a poor one 57).
    pub trunk_limit_degrees: f64,
    /// Seen from the side, hips that bend by this much more than the knees are a hip hinge, degrees; default 45
    /// (*proposed*: squats bend both alike, a poor one differs by 40).
    pub hinge_degrees: f64,
    /// A hip hinge bends the knees by less than this, degrees; default 65 (*proposed*).
    pub hinge_knee_degrees: f64,
    /// Knees that bend by less than this at the bottom of a shallow movement do not squat, degrees; default 35
    /// (*proposed*). The front shows too little of it: there it holds for
    /// legs that move differently.
    pub min_flexion_degrees: f64,
    /// Whoever stays at the bottom for longer than this sits, s; default 5 (*proposed*).
    pub sitting_seconds: f64,
    /// From the front, knees that bend by less than this while the person rests with level thighs belong to somebody who
    /// sits on something, degrees; default 42 (*proposed*: squats as deep show 70 and more).
    pub sitting_flexion_degrees: f64,
    /// How long a stand must be still for a baseline, s; default 1.
    pub baseline_seconds: f64,
    /// Speed up to which a stand is still, depth a second; default 0.15 (*proposed*).
    pub still_speed: f64,
    /// Least depth at the bottom, seen from the front; default 0.7, the thigh within 17° of parallel (*proposed*: the
    /// hip's point lies above the joint).
    pub front_depth: f64,
    /// From this depth to `front_parallel_depth` too little flexion is a warning only, seen from the front; default 0.77
    /// (*proposed*: a phone at chest height shows a parallel squat as 0.8).
    pub front_doubt_depth: f64,
    /// Depth at which the thighs count as parallel whatever the flexion reads, seen from the front; default 0.9, within
    /// 6° of parallel (*proposed*: a knee that goes straight forward, not out, shows the front little flexion).
    pub front_parallel_depth: f64,
    /// Least knee flexion at the bottom, seen from the front, degrees; default 85: the 100 of the side less the 14 by
    /// which MediaPipe reads too little over all views (Cosoli 2026), rounded.
    pub front_flexion_degrees: f64,
    /// Least knee flexion at the bottom, seen from the side, degrees; default 100 (Myer 2014; a half squat has 70 to
    /// 100, Whitting 2016).
    pub side_flexion_degrees: f64,
    /// So much less is a warning only, degrees; default 6, MediaPipe's deviation from the side (Cosoli 2026: 6.4).
    pub side_flexion_error_degrees: f64,
    /// Knee over ankle separation below which the knees fall in; default 0.8 (*proposed*, measured as in Mizner 2012).
    pub knee_separation_fault: f64,
    /// Its error: how far equal squats differ, the same unit; default 0.05 (docs/coach.md says how the errors were
    /// measured).
    pub knee_separation_error: f64,
    /// Frontal plane projection angle beyond own standing, degrees; default 10 (Herrington & Munro 2010: norms 3–13;
    /// Gwynne & Curran 2014: 2D error 2–4).
    pub knee_projection_degrees: f64,
    /// Its error, degrees; default 3 (Gwynne & Curran 2014: 2 to 4).
    pub knee_projection_error_degrees: f64,
    /// Trunk from parallel with the shank, degrees; default 21 (*proposed* after Myer 2014; plain barbell squats reach 15).
    pub trunk_lean_fault_degrees: f64,
    /// Its error, degrees; default 5.5.
    pub trunk_lean_error_degrees: f64,
    /// Shoulders beside the hips beyond own standing, share of shoulder width; default 0.1 (*proposed*).
    pub trunk_sideways_ratio: f64,
    /// Its error, the same unit; default 0.06: what a camera 15° off straight ahead makes of a forward lean.
    pub trunk_sideways_error: f64,
    /// Hips beside the ankles beyond own standing, share of shoulder width; default 0.1 (*proposed*).
    pub hip_shift_ratio: f64,
    /// Its error, the same unit; default 0.05.
    pub hip_shift_error: f64,
    /// How far off straight ahead a frontal camera may look, degrees; default 5 (*proposed*: a phone put down by hand).
    /// It makes a forward lean look like a sideways one: what this may explain counts as error. Where the skeleton's depth
    /// tells of a larger angle, that one is taken.
    pub camera_yaw_degrees: f64,
    /// Shortening of shoulder–hip against own standing from the side, share; default 0.4 (*proposed*; a warning. Straight
    /// backs look up to a third shorter).
    pub back_rounding_ratio: f64,
    /// How far the nearer heel rises against own standing, share of the shank; default 0.08, about 3.5 cm (*proposed*).
    pub heel_lift_ratio: f64,
    /// Its error, the same unit; default 0.03.
    pub heel_lift_error: f64,
    /// A shorter descent is advised to be slower, s: a warning, never a fault; default 0.35 (*proposed*: a body in free fall
    /// needs 0.3 s for the 0.45 m of a squat; those of trained people take 0.27 to 0.9 s as they are measured).
    pub min_descent_seconds: f64,
    /// Height of left against right hip or knee beyond own standing, share of the thigh; default 0.15 (BMC Sports Sci
    /// Med Rehabil 2020, of load).
    pub side_difference_ratio: f64,
    /// Its error, the same unit; default 0.05.
    pub side_difference_error: f64,
    /// A measure counts by its median over this time, s; default 0.4 (*proposed*: longer than wrong frames last, shorter
    /// than the lower half of a quick squat).
    pub steady_seconds: f64,
    /// How long a fault must last in a repetition to count, s; default 0.15 (*proposed*: longer than a twitch of the
    /// tracker).
    pub min_fault_seconds: f64,
}

impl Default for SquatConfig {
    fn default() -> Self {
        Self {
            min_visibility: 0.5,
            front_yaw_degrees: 27.0,
            side_yaw_degrees: 79.0,
            yaw_hysteresis_degrees: 5.0,
            front_ratio: 0.5,
            side_ratio: 0.3,
            smoothing_cutoff_hz: 1.5,
            smoothing_beta: 6.0,
            standing_depth: 0.1,
            descent_depth: 0.16,
            min_rep_depth: 0.2,
            reversal_depth: 0.08,
            min_rep_seconds: 0.5,
            max_rep_seconds: 20.0,
            max_gap_seconds: 1.0,
            setup_seconds: 0.5,
            step_ratio: 0.35,
            knee_difference_degrees: 45.0,
            thigh_difference_ratio: 0.35,
            trunk_limit_degrees: 64.0,
            hinge_degrees: 45.0,
            hinge_knee_degrees: 65.0,
            min_flexion_degrees: 35.0,
            sitting_seconds: 5.0,
            sitting_flexion_degrees: 42.0,
            baseline_seconds: 1.0,
            still_speed: 0.15,
            front_depth: 0.7,
            front_doubt_depth: 0.77,
            front_parallel_depth: 0.9,
            front_flexion_degrees: 85.0,
            side_flexion_degrees: 100.0,
            side_flexion_error_degrees: 6.0,
            knee_separation_fault: 0.8,
            knee_separation_error: 0.05,
            knee_projection_degrees: 10.0,
            knee_projection_error_degrees: 3.0,
            trunk_lean_fault_degrees: 21.0,
            trunk_lean_error_degrees: 5.5,
            trunk_sideways_ratio: 0.1,
            trunk_sideways_error: 0.06,
            hip_shift_ratio: 0.1,
            hip_shift_error: 0.05,
            camera_yaw_degrees: 5.0,
            back_rounding_ratio: 0.4,
            heel_lift_ratio: 0.08,
            heel_lift_error: 0.03,
            min_descent_seconds: 0.35,
            side_difference_ratio: 0.15,
            side_difference_error: 0.05,
            steady_seconds: 0.4,
            min_fault_seconds: 0.15,
        }
    }
}

impl SquatConfig {
    /// Calls `must` for every rule with whether it holds, with the key as it stands in a coach's configuration.
    pub(crate) fn check(&self, must: &mut impl FnMut(bool, &'static str, &'static str)) {
        self.check_stages(must);
        self.check_kinds(must);
        self.check_faults(must);
        let share = "must be 0 to 1";
        let unit = |value: f64| (0.0..=1.0).contains(&value);
        must(unit(self.min_visibility), "squat.min_visibility", share);
        must(
            0.0 < self.side_ratio && self.side_ratio < self.front_ratio && self.front_ratio < 2.0,
            "squat.side_ratio",
            "must be above 0 and below front_ratio, that below 2",
        );
        must(
            0.0 < self.front_yaw_degrees
                && self.front_yaw_degrees < self.side_yaw_degrees
                && self.side_yaw_degrees < 90.0,
            "squat.front_yaw_degrees",
            "must be above 0 and below side_yaw_degrees, that below 90",
        );
        let room = self.side_yaw_degrees - self.front_yaw_degrees;
        must(
            self.yaw_hysteresis_degrees >= 0.0 && 2.0 * self.yaw_hysteresis_degrees <= room,
            "squat.yaw_hysteresis_degrees",
            "must be at least 0, at most half of side_yaw_degrees less front_yaw_degrees",
        );
        let smooth = self.smoothing_cutoff_hz > 0.0
            && self.smoothing_beta >= 0.0
            && self.smoothing_cutoff_hz.is_finite()
            && self.smoothing_beta.is_finite();
        must(
            smooth,
            "squat.smoothing_cutoff_hz",
            "must be positive, smoothing_beta at least 0",
        );
    }

    fn check_stages(&self, must: &mut impl FnMut(bool, &'static str, &'static str)) {
        let steps = [
            0.0,
            self.standing_depth,
            self.descent_depth,
            self.min_rep_depth,
            1.0,
        ];
        must(
            steps.is_sorted_by(|lower, upper| lower < upper),
            "squat.standing_depth",
            "must be above 0 and below descent_depth, that below min_rep_depth, that below 1",
        );
        must(
            0.0 < self.reversal_depth && self.reversal_depth < self.min_rep_depth,
            "squat.reversal_depth",
            "must be above 0 and below min_rep_depth",
        );
        must(
            0.0 < self.min_rep_seconds
                && self.min_rep_seconds < self.max_rep_seconds
                && self.max_rep_seconds <= 120.0,
            "squat.min_rep_seconds",
            "must be above 0 and below max_rep_seconds, that at most 120",
        );
        must(
            (0.1..=10.0).contains(&self.max_gap_seconds),
            "squat.max_gap_seconds",
            "must be 0.1 to 10",
        );
        must(
            (0.0..=10.0).contains(&self.setup_seconds),
            "squat.setup_seconds",
            "must be 0 to 10",
        );
        must(
            self.step_ratio > 0.0 && self.step_ratio <= 10.0,
            "squat.step_ratio",
            "must be above 0, at most 10",
        );
        must(
            (0.2..=10.0).contains(&self.baseline_seconds),
            "squat.baseline_seconds",
            "must be 0.2 to 10",
        );
        must(
            self.still_speed > 0.0 && self.still_speed <= 1.0,
            "squat.still_speed",
            "must be above 0, at most 1",
        );
    }

    fn check_errors(&self, must: &mut impl FnMut(bool, &'static str, &'static str)) {
        for (error, key) in [
            (self.knee_separation_error, "squat.knee_separation_error"),
            (
                self.knee_projection_error_degrees,
                "squat.knee_projection_error_degrees",
            ),
            (
                self.trunk_lean_error_degrees,
                "squat.trunk_lean_error_degrees",
            ),
            (self.trunk_sideways_error, "squat.trunk_sideways_error"),
            (self.hip_shift_error, "squat.hip_shift_error"),
            (self.heel_lift_error, "squat.heel_lift_error"),
            (self.side_difference_error, "squat.side_difference_error"),
        ] {
            must((0.0..=90.0).contains(&error), key, "must be 0 to 90");
        }
    }

    fn check_kinds(&self, must: &mut impl FnMut(bool, &'static str, &'static str)) {
        for (degrees, key) in [
            (
                self.knee_difference_degrees,
                "squat.knee_difference_degrees",
            ),
            (self.trunk_limit_degrees, "squat.trunk_limit_degrees"),
            (self.hinge_degrees, "squat.hinge_degrees"),
            (self.hinge_knee_degrees, "squat.hinge_knee_degrees"),
            (self.min_flexion_degrees, "squat.min_flexion_degrees"),
            (
                self.sitting_flexion_degrees,
                "squat.sitting_flexion_degrees",
            ),
        ] {
            must((0.0..=180.0).contains(&degrees), key, "must be 0 to 180");
        }
        must(
            self.thigh_difference_ratio > 0.0 && self.thigh_difference_ratio <= 2.0,
            "squat.thigh_difference_ratio",
            "must be above 0, at most 2",
        );
        must(
            self.sitting_seconds > 0.0 && self.sitting_seconds <= 120.0,
            "squat.sitting_seconds",
            "must be above 0, at most 120",
        );
    }

    fn check_faults(&self, must: &mut impl FnMut(bool, &'static str, &'static str)) {
        let positive = "must be above 0, at most 1";
        for (ratio, key) in [
            (self.trunk_sideways_ratio, "squat.trunk_sideways_ratio"),
            (self.hip_shift_ratio, "squat.hip_shift_ratio"),
            (self.back_rounding_ratio, "squat.back_rounding_ratio"),
            (self.heel_lift_ratio, "squat.heel_lift_ratio"),
            (self.side_difference_ratio, "squat.side_difference_ratio"),
            (self.knee_separation_fault, "squat.knee_separation_fault"),
            (self.front_depth, "squat.front_depth"),
        ] {
            must(ratio > 0.0 && ratio <= 1.0, key, positive);
        }
        for (degrees, key) in [
            (self.front_flexion_degrees, "squat.front_flexion_degrees"),
            (self.side_flexion_degrees, "squat.side_flexion_degrees"),
            (
                self.knee_projection_degrees,
                "squat.knee_projection_degrees",
            ),
            (
                self.trunk_lean_fault_degrees,
                "squat.trunk_lean_fault_degrees",
            ),
        ] {
            must(
                degrees > 0.0 && degrees <= 180.0,
                key,
                "must be above 0, at most 180",
            );
        }
        must(
            (0.0..=45.0).contains(&self.camera_yaw_degrees),
            "squat.camera_yaw_degrees",
            "must be 0 to 45",
        );
        must(
            (0.0..=45.0).contains(&self.side_flexion_error_degrees),
            "squat.side_flexion_error_degrees",
            "must be 0 to 45",
        );
        must(
            (self.front_depth..=self.front_parallel_depth).contains(&self.front_doubt_depth),
            "squat.front_doubt_depth",
            "must be front_depth to front_parallel_depth",
        );
        must(
            self.front_parallel_depth >= self.front_depth && self.front_parallel_depth <= 2.0,
            "squat.front_parallel_depth",
            "must be front_depth to 2",
        );
        for (seconds, key) in [
            (self.min_descent_seconds, "squat.min_descent_seconds"),
            (self.min_fault_seconds, "squat.min_fault_seconds"),
        ] {
            must((0.0..=10.0).contains(&seconds), key, "must be 0 to 10");
        }
        must(
            (0.0..=1.0).contains(&self.steady_seconds),
            "squat.steady_seconds",
            "must be 0 to 1",
        );
        self.check_errors(must);
    }
}
