//! What six sensors a foot feel of a squat.

use super::{
    motion::{Act, Fault, Plan, State},
    noise,
};
use crate::{
    Stage, UnixMillis,
    fsr::{Sample, SensorValues, Side},
    math,
};

/// Supply, V.
const SUPPLY: f64 = 3.3;
/// Resistor of the divider, Ω.
const DIVIDER: f64 = 10_000.0;
/// Conductance of a sensor under load, S/N; an FSR's grows roughly in proportion (Interlink's guide).
const CONDUCTANCE: f64 = 1.5e-6;
/// Lowering of the centre of mass at depth 1, m.
const TRAVEL: f64 = 0.38;
/// How far the centre of mass goes down in a bend to the ground, and up onto the toes, m.
const BEND: f64 = 0.2;
const TOE_RAISE: f64 = 0.08;
/// How far it goes down in a lunge, onto a chair, and to the floor, m.
const LUNGE: f64 = 0.25;
const CHAIR: f64 = 0.3;
const FLOOR: f64 = 0.6;
/// m/s².
const GRAVITY: f64 = 9.81;
/// Steps of the noise a second.
const NOISE_RATE: f64 = 1000.0;

/// Shares of the six sensors, per cent: what the original rules call good on the way down …
const DOWN: SensorValues = [28.0, 8.0, 6.0, 9.0, 32.0, 17.0];
/// … and on the way up.
const UP: SensorValues = [22.0, 6.0, 9.0, 16.0, 26.0, 21.0];
/// On the toes.
const TOES: SensorValues = [7.0, 6.0, 18.0, 30.0, 8.0, 31.0];
/// On the inner edge.
const INNER: SensorValues = [17.0, 4.0, 3.0, 7.0, 38.0, 31.0];
/// Leaning over the forefoot.
const FORWARD: SensorValues = [14.0, 6.0, 14.0, 22.0, 16.0, 28.0];

/// Newtons on one foot: weight, dynamics, share of the sides.
fn foot_force(plan: &Plan, side: Side, seconds: f64) -> f64 {
    let path = plan.path(seconds);
    let (gone, per_gone) = (path.depth / plan.depth.max(0.01), plan.depth.max(0.01));
    // Depth grows downwards: speeding up on the way down unloads the feet.
    let travel = match plan.act {
        Act::Squat | Act::HalfDip => TRAVEL,
        Act::Bend | Act::Deadlift => BEND / per_gone,
        Act::CalfRaise => -TOE_RAISE / per_gone,
        Act::Lunge | Act::SplitSquat | Act::SideLunge => LUNGE / per_gone,
        Act::SitDown => CHAIR / per_gone,
        Act::Burpee => FLOOR / per_gone,
        Act::Hop | Act::JumpingJack if gone > 0.02 => return 0.0,
        _ => 0.0,
    };
    let factor = (1.0 - path.acceleration * travel / GRAVITY).max(0.0);
    let factor = factor * (1.0 - carried(plan.act, gone));
    if let Some(part) = on_one_foot(plan.act, side, gone) {
        return plan.weight_newtons * factor * part;
    }
    let steps = matches!(
        plan.act,
        Act::Shuffle | Act::Walk | Act::WalkThrough | Act::TurnRound | Act::Dance | Act::HighKnees
    );
    let stepping = steps && gone > 0.01 && gone < 0.99;
    let (step, _) = math::sin_cos(std::f64::consts::TAU * seconds);
    let lifted = match side {
        _ if !stepping => 0.0,
        Side::Left => step.max(0.0),
        Side::Right => (-step).max(0.0),
    };
    // A foot that is lifted gives its part to the other.
    let other = if stepping { step.abs() - lifted } else { 0.0 };
    let factor = factor * (1.0 - (2.0 * lifted).min(1.0) + (2.0 * other).min(1.0));
    let right = if plan.has(Fault::RightShift) {
        0.62
    } else {
        0.5
    };
    let share = match side {
        Side::Left => 1.0 - right,
        Side::Right => right,
    };
    plan.weight_newtons * factor * share
}

/// The part of the weight that hands or a chair carry.
fn carried(act: Act, gone: f64) -> f64 {
    match act {
        Act::PushUp => 0.65,
        Act::Burpee => 0.65 * ((gone - 0.3) / 0.4).clamp(0.0, 1.0),
        Act::SitDown => 0.75 * ((gone - 0.85) / 0.15).clamp(0.0, 1.0),
        _ => 0.0,
    }
}

/// A foot's part of the weight in a lunge: the left foot steps, then carries most of it.
fn on_one_foot(act: Act, side: Side, gone: f64) -> Option<f64> {
    let most = match act {
        Act::Lunge | Act::SplitSquat => 0.7,
        Act::SideLunge => 0.85,
        _ => return None,
    };
    let steps = act != Act::SplitSquat && gone > 0.02 && gone < 0.4;
    let left = match steps {
        true => 0.0,
        false => 0.5 + (most - 0.5) * ((gone - 0.4) / 0.3).clamp(0.0, 1.0),
    };
    Some(match side {
        Side::Left => left,
        Side::Right => 1.0 - left,
    })
}

fn shares(plan: &Plan, seconds: f64) -> SensorValues {
    let state = match plan.act {
        Act::Squat | Act::HalfDip => plan.path(seconds),
        _ => State {
            stage: Stage::Standing,
            ..plan.path(seconds)
        },
    };
    let own = match state.stage {
        Stage::Descent | Stage::Bottom => DOWN,
        Stage::Ascent => UP,
        _ => blend(DOWN, UP, 0.5),
    };
    // The stage changes at once, the weight does not: what differs from standing grows with the depth.
    let mut shares = blend(blend(DOWN, UP, 0.5), own, (state.depth * 4.0).min(1.0));
    if plan.act == Act::CalfRaise {
        return blend(
            blend(DOWN, UP, 0.5),
            TOES,
            (state.depth / plan.depth.max(0.01)).min(1.0),
        );
    }
    for (fault, towards) in [
        (Fault::HeelLift, TOES),
        (Fault::KneesIn, INNER),
        (Fault::ForwardLean, FORWARD),
    ] {
        if plan.has(fault) {
            shares = blend(shares, towards, state.depth.min(1.0));
        }
    }
    shares
}

fn blend(from: SensorValues, to: SensorValues, share: f64) -> SensorValues {
    std::array::from_fn(|sensor| from[sensor] + share * (to[sensor] - from[sensor]))
}

pub(super) fn voltages(plan: &Plan, seed: u64, side: Side, seconds: f64) -> SensorValues {
    let total = foot_force(plan, side, seconds) * CONDUCTANCE;
    let shares = shares(plan, seconds);
    let ideal = scale(shares, total);
    let foot = match side {
        Side::Left => 0,
        Side::Right => 6,
    };
    let step = (seconds.max(0.0) * NOISE_RATE) as u64;
    std::array::from_fn(|sensor| {
        let channel = foot + sensor as u64;
        if plan.dead == Some((side, sensor as u8 + 1)) {
            return 0.0;
        }
        let part = 1.0 + plan.part_spread * (2.0 * noise::uniform(seed, 100 + channel, 0) - 1.0);
        let wobble = 1.0 + plan.sensor_noise * noise::normal(seed, channel, step);
        divided((conductance(ideal[sensor]) * part * wobble).max(0.0))
    })
}

/// Volts in the proportions of `shares` whose conductances add up to `total`.
fn scale(shares: SensorValues, total: f64) -> SensorValues {
    let highest = shares.iter().copied().fold(0.0, f64::max);
    let at = |scale: f64| shares.map(|share| scale * share);
    let (mut low, mut high) = (0.0, 0.999 * SUPPLY / highest);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        let sum: f64 = at(middle).iter().map(|&volts| conductance(volts)).sum();
        if sum < total {
            low = middle
        } else {
            high = middle
        }
    }
    at(low)
}

/// Conductance behind a divider's volts.
fn conductance(volts: f64) -> f64 {
    volts / (DIVIDER * (SUPPLY - volts))
}

/// Volts of a divider with this conductance above it.
fn divided(conductance: f64) -> f64 {
    SUPPLY * DIVIDER * conductance / (1.0 + DIVIDER * conductance)
}

/// A sample with ratios as shares of the volts' sum, to a hundredth; all zero when nothing presses.
pub(super) fn sample(side: Side, at: UnixMillis, voltages: SensorValues) -> Sample {
    let sum: f64 = voltages.iter().sum();
    let ratio = |volts: f64| {
        if sum > 0.0 {
            (1e4 * volts / sum).round() / 1e2
        } else {
            0.0
        }
    };
    let ratios = voltages.map(ratio);
    Sample {
        side,
        at,
        ratios,
        voltages: Some(voltages),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(plan: &Plan, seconds: f64) -> f64 {
        let feet = [Side::Left, Side::Right].map(|side| voltages(plan, 1, side, seconds));
        feet.iter()
            .flatten()
            .map(|&volts| conductance(volts))
            .sum::<f64>()
            / CONDUCTANCE
    }

    #[test]
    fn the_force_is_the_weight_and_dips_before_it_rises() {
        let plan = Plan {
            part_spread: 0.0,
            sensor_noise: 0.0,
            descent_seconds: 1.2,
            ..Plan::default()
        };
        assert!((load(&plan, 1.0) - 700.0).abs() < 1.0);
        let dip = load(&plan, 6.0 + 0.25) / 700.0;
        let rise = load(&plan, 6.0 + 0.95) / 700.0;
        assert!((0.8..0.95).contains(&dip), "{dip}");
        assert!((1.05..1.35).contains(&rise), "{rise}");
    }

    #[test]
    fn a_shift_to_the_right_shows_in_the_load() {
        let plan = Plan {
            part_spread: 0.0,
            sensor_noise: 0.0,
            faults: vec![Fault::RightShift],
            ..Plan::default()
        };
        let foot = |side| {
            voltages(&plan, 1, side, 1.0)
                .iter()
                .map(|&volts| conductance(volts))
                .sum::<f64>()
        };
        let share = foot(Side::Right) / (foot(Side::Left) + foot(Side::Right));
        assert!((share - 0.62).abs() < 0.001, "{share}");
    }

    #[test]
    fn a_dead_sensor_gives_nothing_and_the_others_fill_the_sum() {
        let plan = Plan {
            dead: Some((Side::Left, 3)),
            ..Plan::default()
        };
        let sample = sample(
            Side::Left,
            UnixMillis(0),
            voltages(&plan, 1, Side::Left, 1.0),
        );
        assert_eq!(sample.ratios[2], 0.0);
        assert!((sample.ratios.iter().sum::<f64>() - 100.0).abs() < 0.1);
    }

    #[test]
    fn samples_keep_the_ranges_of_the_wire() {
        let plan = Plan {
            sensor_noise: 0.2,
            weight_newtons: 2000.0,
            ..Plan::default()
        };
        for step in 0..2000 {
            let volts = voltages(&plan, 9, Side::Right, f64::from(step) * 0.01);
            assert!(
                volts.iter().all(|volts| (0.0..=3.3).contains(volts)),
                "{volts:?}"
            );
        }
    }

    /// How many of four squats the load alone shows.
    fn counted(seed: u64, hertz: f64, descent_seconds: f64, part_spread: f64) -> u32 {
        use crate::{
            Language,
            coach::{Coach, Input},
        };
        let plan = Plan {
            reps: Some(4),
            descent_seconds,
            part_spread,
            ..Plan::default()
        };
        let mut coach = Coach::new(Default::default(), Language::En, UnixMillis(0));
        for step in 0..(32.0 * hertz) as u32 {
            let seconds = f64::from(step) / hertz;
            let now = UnixMillis((seconds * 1e3) as i64);
            for side in [Side::Left, Side::Right] {
                let sample = sample(side, now, voltages(&plan, seed, side, seconds));
                coach.handle_input(Input::Sample(sample), now);
            }
        }
        coach.workout().reps
    }

    #[test]
    fn squats_are_counted_from_the_load_of_parts_that_differ() {
        let (mut counted_all, mut all) = (0, 0);
        for seed in 0..10 {
            for hertz in [10.0, 25.0, 50.0] {
                for (descent, spread) in [(1.0, 0.2), (1.5, 0.1), (2.0, 0.2)] {
                    let reps = counted(seed, hertz, descent, spread);
                    assert!(reps <= 4, "seed {seed}, {hertz} Hz, {descent} s: {reps}");
                    counted_all += reps;
                    all += 4;
                }
            }
        }
        assert!(
            f64::from(counted_all) >= 0.97 * f64::from(all),
            "{counted_all} of {all}"
        );
    }
}
