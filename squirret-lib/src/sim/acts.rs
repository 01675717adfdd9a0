//! Movements that are no squat, as people do them before a phone that counts squats.

use super::{
    figure::{
        FEET_HALF, FOOT, HIP_HALF, Joints, Place, SHANK, SHOULDER_HALF, SOLE, Skeleton, THIGH,
        TRUNK,
    },
    motion::{Act, Plan},
};
use crate::{Stage, math};

/// Height of the hips over the ankles of a body that stands.
const LEG: f64 = SHANK + THIGH;
/// From the ankles to the shoulders of a body that is straight.
const STRAIGHT: f64 = LEG + TRUNK;

/// The body at `seconds`.
pub(super) fn skeleton(act: Act, plan: &Plan, seconds: f64) -> Skeleton {
    let path = plan.path(seconds);
    let gone = path.depth / plan.bottom_depth().max(0.01);
    match act {
        Act::Lunge => lunge(smooth(gone / 0.45), smooth((gone - 0.35) / 0.65)).skeleton(),
        Act::SplitSquat => lunge(1.0, smooth(gone)).skeleton(),
        Act::SideLunge => side_lunge(smooth(gone / 0.45), smooth((gone - 0.35) / 0.65)).skeleton(),
        Act::PushUp => plank(0.39, gone).skeleton(),
        Act::Burpee => burpee(gone).skeleton(),
        Act::TurnRound => turn_round(gone, seconds).skeleton(),
        Act::WalkThrough => walk_through(gone, path.stage == Stage::Ascent).skeleton(),
        Act::Dance => dance(smooth(3.0 * gone), seconds).skeleton(),
        Act::HighKnees => high_knees(smooth(3.0 * gone), seconds).skeleton(),
        Act::JumpingJack => jumping_jack(gone).skeleton(),
        _ => both_sides(act, gone, seconds).skeleton(),
    }
}

/// From 0 to 1 without a jerk.
fn smooth(share: f64) -> f64 {
    let s = share.clamp(0.0, 1.0);
    s * s * (3.0 - 2.0 * s)
}

/// Movements in which both sides do the same; `gone` is 0 at rest and 1 at its height.
fn both_sides(act: Act, gone: f64, seconds: f64) -> Joints {
    // Two steps a second, the feet in turn.
    let (step, _) = math::sin_cos(std::f64::consts::TAU * seconds);
    let steps = |height: f64| [height * step.max(0.0), height * (-step).max(0.0)];
    let still = Joints::standing();
    let lean = |trunk: f64, thigh: f64, shank: f64| Joints {
        trunk_lean: trunk.to_radians(),
        thigh_lean: thigh.to_radians(),
        shank_lean: shank.to_radians(),
        ..Joints::standing()
    };
    match act {
        Act::Shuffle => Joints {
            feet_up: steps(0.05 * gone),
            feet_aside: 0.02 * gone * step,
            shift: 0.02 * gone * step,
            ..still
        },
        Act::Bend => lean(80.0 * gone, 15.0 * gone, -5.0 * gone),
        Act::Deadlift => lean(70.0 * gone, 45.0 * gone, 10.0 * gone),
        Act::SitDown => {
            // The trunk swings forward on the way and is upright on the chair.
            let (swing, _) = math::sin_cos(std::f64::consts::PI * gone);
            lean(40.0 * swing + 5.0 * gone, 84.0 * gone, -3.0 * gone)
        }
        Act::Walk => Joints {
            feet_up: steps(if gone > 0.01 && gone < 0.99 { 0.1 } else { 0.0 }),
            feet_aside: -0.7 * gone,
            shift: -0.7 * gone,
            ..still
        },
        Act::CalfRaise => Joints {
            heel_rise: 0.05 * gone,
            feet_up: [0.05 * gone; 2],
            ..still
        },
        Act::Hop => Joints {
            feet_up: [0.12 * gone; 2],
            ..still
        },
        _ => still,
    }
}

/// A foot of a posture.
#[derive(Clone, Copy)]
struct Foot {
    ankle: Place,
    /// Heel up, radians; a quarter turn is upright on the toes.
    on_toes: f64,
}

/// Where the hands are.
#[derive(Clone, Copy)]
enum Hands {
    Hanging,
    Up,
    On(Place),
}

/// A body by its hips and feet; the knees follow.
#[derive(Clone, Copy)]
struct Posture {
    hips: Place,
    /// Turned to the left, radians.
    heading: f64,
    trunk_lean: f64,
    /// Of the trunk, to the left.
    side_lean: f64,
    feet: [Foot; 2],
    hands: Hands,
}

impl Posture {
    fn standing() -> Self {
        let foot = |side: f64| Foot {
            ankle: [0.0, FEET_HALF * side, 0.0],
            on_toes: 0.0,
        };
        Self {
            hips: [0.0, 0.0, LEG],
            heading: 0.0,
            trunk_lean: 0.0,
            side_lean: 0.0,
            feet: [foot(1.0), foot(-1.0)],
            hands: Hands::Hanging,
        }
    }

    /// Part of the way to another posture; heading and hands are the other's from half of it on.
    fn towards(&self, other: &Self, part: f64) -> Self {
        let mix = |from: f64, to: f64| from + part * (to - from);
        let place = |from: Place, to: Place| std::array::from_fn(|axis| mix(from[axis], to[axis]));
        let foot = |side: usize| Foot {
            ankle: place(self.feet[side].ankle, other.feet[side].ankle),
            on_toes: mix(self.feet[side].on_toes, other.feet[side].on_toes),
        };
        let later = if part < 0.5 { self } else { other };
        Self {
            hips: place(self.hips, other.hips),
            trunk_lean: mix(self.trunk_lean, other.trunk_lean),
            side_lean: mix(self.side_lean, other.side_lean),
            feet: [foot(0), foot(1)],
            ..*later
        }
    }

    fn skeleton(&self) -> Skeleton {
        let (sin, cos) = math::sin_cos(self.heading);
        let (ahead, left) = ([cos, sin, 0.0], [-sin, cos, 0.0]);
        let (lean_sin, lean_cos) = math::sin_cos(self.trunk_lean);
        let (side_sin, side_cos) = math::sin_cos(self.side_lean);
        let trunk = sum(
            sum(
                scaled(ahead, lean_sin * side_cos),
                scaled(left, side_sin * lean_cos),
            ),
            [0.0, 0.0, lean_cos * side_cos],
        );
        // Ahead of the trunk: what the chest faces.
        let chest = sum(scaled(ahead, lean_cos), [0.0, 0.0, -lean_sin]);
        let sides = [1.0, -1.0];
        let neck = sum(self.hips, scaled(trunk, TRUNK));
        let at = |half: f64, side: f64| sum(neck, scaled(left, half * side));
        let head = |half: f64, side: f64, forward: f64, up: f64| {
            let place = sum(at(half, side), scaled(chest, forward));
            sum(place, scaled(trunk, up))
        };
        let shoulders = sides.map(|side| at(SHOULDER_HALF, side));
        let hips = sides.map(|side| sum(self.hips, scaled(left, HIP_HALF * side)));
        let wrists = [0, 1].map(|side| self.hand(shoulders[side], left, sides[side]));
        let feet = [0, 1].map(|side| self.feet[side].points(ahead));
        Skeleton {
            knees: [0, 1].map(|side| knee(hips[side], self.feet[side].ankle, ahead)),
            elbows: [0, 1].map(|side| scaled(sum(shoulders[side], wrists[side]), 0.5)),
            shoulders,
            wrists,
            hips,
            ankles: self.feet.map(|foot| foot.ankle),
            heels: feet.map(|foot| foot[0]),
            toes: feet.map(|foot| foot[1]),
            nose: head(0.0, 0.0, 0.08, 0.12),
            mouth: sides.map(|side| head(0.015, side, 0.08, 0.11)),
            face: sides.map(|side| head(0.04, side, 0.04, 0.15)),
        }
    }

    fn hand(&self, shoulder: Place, left: Place, side: f64) -> Place {
        match self.hands {
            Hands::Hanging => sum(shoulder, sum(scaled(left, 0.02 * side), [0.0, 0.0, -0.33])),
            Hands::Up => sum(shoulder, sum(scaled(left, 0.1 * side), [0.0, 0.0, 0.3])),
            Hands::On(place) => sum(place, scaled(left, 1.2 * SHOULDER_HALF * side)),
        }
    }
}

impl Foot {
    /// Heel and toes.
    fn points(self, ahead: Place) -> [Place; 2] {
        let (sin, cos) = math::sin_cos(self.on_toes);
        let along = sum(scaled(ahead, cos), [0.0, 0.0, -sin]);
        let up = sum(scaled(ahead, sin), [0.0, 0.0, cos]);
        let sole = sum(self.ankle, scaled(up, -SOLE));
        [
            sum(sole, scaled(along, -0.25 * FOOT)),
            sum(sole, scaled(along, 0.75 * FOOT)),
        ]
    }
}

/// The knee between a hip and an ankle, bent towards `ahead`.
fn knee(hip: Place, ankle: Place, ahead: Place) -> Place {
    let way = sum(ankle, scaled(hip, -1.0));
    let length = dot(way, way).sqrt().max(0.01);
    let along = scaled(way, 1.0 / length);
    let near = (length * length + THIGH * THIGH - SHANK * SHANK) / (2.0 * length);
    if length >= LEG {
        return sum(hip, scaled(along, length * THIGH / LEG));
    }
    let out = sum(ahead, scaled(along, -dot(ahead, along)));
    let out = scaled(out, 1.0 / dot(out, out).sqrt().max(0.01));
    let height = (THIGH * THIGH - near * near).max(0.0).sqrt();
    sum(hip, sum(scaled(along, near), scaled(out, height)))
}

fn sum(a: Place, b: Place) -> Place {
    std::array::from_fn(|axis| a[axis] + b[axis])
}

fn scaled(place: Place, by: f64) -> Place {
    place.map(|value| by * value)
}

fn dot(a: Place, b: Place) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// The left foot `step`s ahead, then both knees sink.
fn lunge(step: f64, sink: f64) -> Posture {
    let mut posture = Posture::standing();
    posture.hips = [0.2 * step, 0.0, LEG - 0.03 * step - 0.2 * sink];
    posture.feet[0].ankle = [0.42 * step, FEET_HALF, 0.24 * step * (1.0 - step)];
    posture.feet[1].ankle = [0.03 * sink, -FEET_HALF, 0.02 * step + 0.08 * sink];
    posture.feet[1].on_toes = 0.2 * step + 0.8 * sink;
    posture.trunk_lean = 0.1 * sink;
    posture
}

/// The left foot `step`s aside, then its knee sinks over it and the other stays straight.
fn side_lunge(step: f64, sink: f64) -> Posture {
    let mut posture = Posture::standing();
    posture.hips = [
        -0.08 * sink,
        0.2 * step + 0.14 * sink,
        LEG - 0.06 * step - 0.16 * sink,
    ];
    posture.feet[0].ankle = [0.0, FEET_HALF + 0.38 * step, 0.24 * step * (1.0 - step)];
    posture.trunk_lean = 0.5 * sink;
    posture
}

/// Straight between toes and hands, which are at `hands` ahead; `gone` lowers the chest.
fn plank(hands: f64, gone: f64) -> Posture {
    const ANKLE_UP: f64 = 0.05;
    let (low, high) = (0.08, 0.3);
    let rise = (high + gone * (low - high) - ANKLE_UP) / STRAIGHT;
    let flat = (1.0 - rise * rise).sqrt();
    let ankle = hands - 0.95 * STRAIGHT;
    let mut posture = Posture::standing();
    posture.hips = [ankle + LEG * flat, 0.0, ANKLE_UP + LEG * rise];
    posture.trunk_lean = math::acos(rise);
    for foot in &mut posture.feet {
        foot.ankle = [ankle, foot.ankle[1], ANKLE_UP];
        foot.on_toes = 1.3;
    }
    posture.hands = Hands::On([hands, 0.0, -SOLE]);
    posture
}

/// Down to the hands, the feet jump back, and a push-up.
fn burpee(gone: f64) -> Posture {
    let mut crouch = Posture::standing();
    crouch.hips = [-0.08, 0.0, 0.22];
    crouch.trunk_lean = 1.2;
    crouch.hands = Hands::On([0.25, 0.0, -SOLE]);
    if gone < 0.35 {
        return Posture::standing().towards(&crouch, smooth(gone / 0.35));
    }
    let back = crouch.towards(&plank(0.25, 0.0), smooth((gone - 0.35) / 0.35));
    back.towards(&plank(0.25, 1.0), smooth((gone - 0.7) / 0.3))
}

/// Half a turn on the spot, in small steps.
fn turn_round(gone: f64, seconds: f64) -> Posture {
    let mut posture = Posture::standing();
    posture.heading = std::f64::consts::PI * gone;
    let (sin, cos) = math::sin_cos(posture.heading);
    let (step, _) = math::sin_cos(2.0 * std::f64::consts::TAU * seconds);
    let moves = 0.04 * smooth(10.0 * gone) * smooth(10.0 * (1.0 - gone));
    for (foot, side) in posture.feet.iter_mut().zip([1.0, -1.0]) {
        let lift = moves * (step * side).max(0.0);
        foot.ankle = [-sin * FEET_HALF * side, cos * FEET_HALF * side, lift];
    }
    posture
}

/// Turns to the right, walks out of the picture, and comes back.
fn walk_through(gone: f64, returns: bool) -> Posture {
    const WAY: f64 = 1.2;
    const STEP: f64 = 0.4;
    let turned = std::f64::consts::FRAC_PI_2 * smooth(gone / 0.1);
    let heading = if returns { turned } else { -turned };
    let walks = smooth(gone / 0.1);
    let (sin, cos) = math::sin_cos(heading);
    let (swing, other) = math::sin_cos(std::f64::consts::PI * WAY * gone / STEP);
    let mut posture = Posture::standing();
    posture.heading = heading;
    posture.hips = [0.0, -WAY * gone, LEG - 0.02 * walks];
    for (foot, side) in posture.feet.iter_mut().zip([1.0, -1.0]) {
        let ahead = 0.5 * STEP * swing * side * walks;
        let half = FEET_HALF * side * (1.0 - 0.6 * walks);
        let lift = 0.06 * walks * (other * side).max(0.0);
        foot.ankle = [
            ahead * cos - half * sin,
            posture.hips[1] + ahead * sin + half * cos,
            lift,
        ];
        foot.on_toes = 5.0 * lift;
    }
    posture
}

/// Hips from side to side, knees that bounce, feet that tap, arms up.
fn dance(moves: f64, seconds: f64) -> Posture {
    let (sway, _) = math::sin_cos(std::f64::consts::TAU * seconds);
    let (turn, _) = math::sin_cos(0.5 * std::f64::consts::TAU * seconds);
    let (_, bounce) = math::sin_cos(2.0 * std::f64::consts::TAU * seconds);
    let mut posture = Posture::standing();
    posture.hips = [
        0.0,
        0.06 * moves * sway,
        LEG - 0.016 * moves * (1.0 + bounce),
    ];
    posture.heading = 0.5 * moves * turn;
    posture.side_lean = -0.2 * moves * sway;
    for (foot, side) in posture.feet.iter_mut().zip([1.0, -1.0]) {
        let lift = 0.06 * moves * (sway * -side).max(0.0);
        foot.ankle[1] += 0.6 * lift * side;
        foot.ankle[2] = lift;
    }
    if moves > 0.5 {
        posture.hands = Hands::Up;
    }
    posture
}

/// Runs on the spot, the knees to the hips.
fn high_knees(moves: f64, seconds: f64) -> Posture {
    let (step, _) = math::sin_cos(1.5 * std::f64::consts::TAU * seconds);
    let mut posture = Posture::standing();
    for (foot, side) in posture.feet.iter_mut().zip([1.0, -1.0]) {
        let lift = moves * (step * side).max(0.0);
        foot.ankle[0] = 0.12 * lift;
        foot.ankle[2] = 0.25 * lift;
        foot.on_toes = 0.5 * lift;
    }
    posture
}

/// Feet apart and arms up, and back.
fn jumping_jack(gone: f64) -> Posture {
    let up = 0.2 * gone * (1.0 - gone);
    let mut posture = Posture::standing();
    posture.hips[2] = LEG - 0.04 * gone + up;
    for (foot, side) in posture.feet.iter_mut().zip([1.0, -1.0]) {
        foot.ankle[1] += 0.15 * gone * side;
        foot.ankle[2] = up;
    }
    if gone > 0.3 {
        posture.hands = Hands::Up;
    }
    posture
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(a: Place, b: Place) -> f64 {
        let way = sum(a, scaled(b, -1.0));
        dot(way, way).sqrt()
    }

    fn flexion(body: &Skeleton, side: usize) -> f64 {
        let thigh = sum(body.hips[side], scaled(body.knees[side], -1.0));
        let shank = sum(body.ankles[side], scaled(body.knees[side], -1.0));
        let cos = dot(thigh, shank) / (dot(thigh, thigh) * dot(shank, shank)).sqrt();
        180.0 - math::acos(cos.clamp(-1.0, 1.0)).to_degrees()
    }

    fn at(act: Act, share: f64) -> Skeleton {
        let plan = Plan {
            act,
            ..Plan::default()
        };
        skeleton(act, &plan, plan.lead_seconds + share * plan.descent_seconds)
    }

    #[test]
    fn legs_keep_their_lengths_in_every_movement() {
        for act in Act::NON_SQUATS {
            for step in 0..=20 {
                let body = at(act, f64::from(step) / 20.0);
                for side in [0, 1] {
                    let thigh = distance(body.hips[side], body.knees[side]);
                    let shank = distance(body.knees[side], body.ankles[side]);
                    // The hips of the simple movements lie nearer together than the feet.
                    let aside = (0.95..1.2).contains(&(thigh / THIGH));
                    let fits = aside && (0.95..1.2).contains(&(shank / SHANK));
                    assert!(
                        fits || act == Act::Shuffle || act == Act::Walk,
                        "{act:?} at {step}/20: {thigh} {shank}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_lunge_bends_both_knees_and_a_side_lunge_one() {
        let lunge = at(Act::Lunge, 1.0);
        assert!(flexion(&lunge, 0) > 80.0 && flexion(&lunge, 1) > 80.0);
        let side = at(Act::SideLunge, 1.0);
        assert!(flexion(&side, 0) > 90.0 && flexion(&side, 1) < 45.0);
    }

    #[test]
    fn a_push_up_lies_and_a_burpee_begins_upright_and_lies_at_its_height() {
        let lean = |body: &Skeleton| {
            let neck = scaled(sum(body.shoulders[0], body.shoulders[1]), 0.5);
            let trunk = sum(neck, scaled(body.pelvis(), -1.0));
            math::acos(trunk[2] / dot(trunk, trunk).sqrt()).to_degrees()
        };
        assert!(lean(&at(Act::PushUp, 0.0)) > 65.0);
        assert!(lean(&at(Act::PushUp, 1.0)) > 80.0);
        assert!(lean(&at(Act::Burpee, 0.0)) < 1.0);
        assert!(lean(&at(Act::Burpee, 1.0)) > 80.0);
    }
}
