//! Simulated people before phones that stand, lean and move as phones do: squats without and with faults, and movement
//! that is no squat.

use squirret::{
    Assessment, Rule, Verdict,
    coach::Outcome,
    feedback::Status,
    sim::{Act, Fault, FaultSize, Plan, Squatter, TimedPose, Viewpoint},
    squat::{SquatConfig, View},
};

use crate::{
    Table,
    coached::{faults, judge, shows},
    data::Random,
};

/// Frames a second.
const FPS: f64 = 15.0;
/// Squats or other movements in a clip.
const REPS: u32 = 4;
/// Faults are so many times as large as their thresholds.
const TIMES: f64 = 1.5;

/// Measures all of it.
pub(crate) fn measure(table: &mut Table) {
    clean(table);
    real_faults(table);
    other_movements(table);
    anywhere(table);
    hurried(table);
}

fn plan() -> Plan {
    let mut plan = Plan::default();
    plan.lead_seconds = 2.5;
    plan.reps = Some(REPS);
    plan.descent_seconds = 1.5;
    plan.depth = 1.05;
    plan
}

fn watch(plan: &Plan, viewpoint: &Viewpoint, seed: u64) -> Outcome {
    let squatter = Squatter::new(plan.clone(), seed);
    let seconds = plan.lead_seconds + f64::from(REPS) * plan.period_seconds() + 1.0;
    let frames: Vec<TimedPose> = (0..(seconds * FPS) as u32)
        .map(|frame| f64::from(frame) / FPS)
        .map(|at| (at, Some(squatter.seen(viewpoint, at))))
        .collect();
    judge(&frames)
}

/// A phone on the floor, on a chair, at the chest; level and not; near and far; on a stand and in a hand.
fn phones(yaw: f64) -> Vec<Viewpoint> {
    let with = |change: fn(&mut Viewpoint)| {
        let mut viewpoint = Viewpoint::at(yaw);
        change(&mut viewpoint);
        viewpoint
    };
    vec![
        with(|_| ()),
        with(|phone| phone.height = 0.06),
        with(|phone| phone.height = 0.9),
        with(|phone| phone.roll_degrees = 5.0),
        with(|phone| phone.roll_degrees = -3.0),
        with(|phone| phone.sway = 0.02),
        with(|phone| (phone.distance, phone.figure) = (1.6, 0.8)),
        with(|phone| (phone.figure, phone.jitter) = (0.45, 0.0015)),
        with(|phone| phone.aspect = 16.0 / 9.0),
    ]
}

/// Squats in which nothing is wrong, from all around.
fn clean(table: &mut Table) {
    let (mut squats, mut found, mut extra, mut accused) = (0, 0, 0, 0);
    let (mut seen, mut right) = (0, 0);
    for yaw in [
        0.0, 10.0, 20.0, 35.0, 45.0, 55.0, 70.0, 80.0, 90.0, -40.0, -85.0, 180.0,
    ] {
        for (number, phone) in phones(yaw).iter().enumerate() {
            let outcome = watch(&plan(), phone, number as u64 + 1);
            let reps = outcome.reps();
            squats += REPS as usize;
            found += reps.len().min(REPS as usize);
            extra += reps.len().saturating_sub(REPS as usize);
            for rep in reps {
                let wrong = faults(rep);
                accused += usize::from(!wrong.is_empty());
                if let Some(view) = view_at(yaw) {
                    seen += 1;
                    right += usize::from(rep.view == Some(view));
                }
                if shows()
                    && (!wrong.is_empty() || view_at(yaw).is_some_and(|v| rep.view != Some(v)))
                {
                    println!(
                        "  clean, yaw {yaw}°, phone {number}: {wrong:?}, {:?}, depth {:.2}, flexion {:.0?}",
                        rep.view, rep.depth, rep.knee_flexion
                    );
                }
            }
            if shows() && reps.len() != REPS as usize {
                println!("  clean, yaw {yaw}°, phone {number}: {} squats", reps.len());
            }
        }
    }
    let came_out = format!("{found} of {squats}; {extra}; {accused}");
    let holds = found == squats && extra + accused == 0;
    let what = "simulated, from all around: squats found; too many; accused";
    table.line(what, &came_out, "all; 0; 0", holds);
    let came_out = format!("{right} of {seen}");
    table.line(
        "the same: view right, by repetition",
        &came_out,
        "all",
        right == seen,
    );
}

/// The view at this yaw, where no person would doubt it.
fn view_at(yaw: f64) -> Option<View> {
    match (yaw.abs() as i32).min(180 - yaw.abs() as i32) {
        ..=12 => Some(View::Front),
        33..=57 => Some(View::Oblique),
        78.. => Some(View::Side),
        _ => None,
    }
}

/// A fault, how large it is, from where it is seen, and the rule that must name it.
struct Real {
    fault: Fault,
    size: fn(&SquatConfig) -> FaultSize,
    yaws: &'static [f64],
    rule: Rule,
}

const REAL: [Real; 6] = [
    Real {
        fault: Fault::HeelLift,
        size: |config| sized(|size| size.heel_rise = TIMES * config.heel_lift_ratio),
        yaws: &[82.0, 90.0, -85.0],
        rule: Rule::HeelLift,
    },
    Real {
        fault: Fault::KneesIn,
        size: |config| {
            sized(|size| size.knee_separation = 1.0 - TIMES * (1.0 - config.knee_separation_fault))
        },
        yaws: &[0.0, 8.0, -5.0],
        rule: Rule::KneeSeparation,
    },
    Real {
        fault: Fault::ForwardLean,
        size: |config| sized(|size| size.lean_degrees = TIMES * config.trunk_lean_fault_degrees),
        yaws: &[80.0, 90.0, -85.0],
        rule: Rule::TrunkLean,
    },
    Real {
        fault: Fault::Shallow,
        size: |config| shallow(config.side_flexion_degrees / TIMES),
        yaws: &[80.0, 90.0, -85.0],
        rule: Rule::Depth,
    },
    Real {
        fault: Fault::Shallow,
        size: |config| shallow(config.front_flexion_degrees / TIMES),
        yaws: &[0.0, 8.0, -5.0],
        rule: Rule::Depth,
    },
    Real {
        fault: Fault::RightShift,
        size: |config| sized(|size| size.shift = TIMES * config.hip_shift_ratio),
        yaws: &[0.0, 4.0, -4.0],
        rule: Rule::HipShift,
    },
];

fn sized(change: impl Fn(&mut FaultSize)) -> FaultSize {
    let mut size = FaultSize::default();
    change(&mut size);
    size
}

/// A squat whose knees are bent by so many degrees at the bottom: the thigh leans by acos(1 − depth), the shank by 32°
/// times the depth.
fn shallow(flexion_degrees: f64) -> FaultSize {
    let flexion = |depth: f64| (1.0 - depth).acos().to_degrees() + 32.0 * depth;
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if flexion(middle) < flexion_degrees {
            low = middle;
        } else {
            high = middle;
        }
    }
    sized(|size| size.shallow = low / plan().depth)
}

/// Faults of one and a half times their thresholds, from the views that show them. What a phone that stands 5° off explains
/// of a shift is a warning by design, so that line promises nothing.
fn real_faults(table: &mut Table) {
    let config = SquatConfig::default();
    let mut all = Told::default();
    for real in &REAL {
        let mut told = Told::default();
        for yaw in real.yaws {
            for (number, phone) in phones(*yaw).iter().enumerate() {
                told.take(
                    real,
                    *yaw,
                    number,
                    &watch_fault(real, &config, phone, number),
                );
            }
        }
        let Told {
            bad,
            warned,
            squats,
        } = told;
        let what = format!(
            "simulated {:?}, 1.5 × {:?}: told; warned of",
            real.fault, real.rule
        );
        table.note(&what, &format!("{bad}; {warned} of {squats}"));
        if real.fault != Fault::RightShift {
            all = Told {
                bad: all.bad + bad,
                warned: all.warned + warned,
                squats: all.squats + squats,
            };
        }
    }
    let share = |count: usize| 100.0 * count as f64 / all.squats as f64;
    let (bad, named) = (share(all.bad), share(all.bad + all.warned));
    let came_out = format!("{bad:.1} %; {named:.1} % of {}", all.squats);
    let what = "simulated, real faults: told; told or warned of";
    table.line(
        what,
        &came_out,
        "≥ 90 %; ≥ 95 %",
        bad >= 90.0 && named >= 95.0,
    );
}

fn watch_fault(real: &Real, config: &SquatConfig, phone: &Viewpoint, number: usize) -> Outcome {
    let mut plan = plan();
    plan.faults = vec![real.fault];
    plan.fault_size = (real.size)(config);
    watch(&plan, phone, number as u64 + 1)
}

/// How often a fault was told.
#[derive(Default)]
struct Told {
    bad: usize,
    warned: usize,
    squats: usize,
}

impl Told {
    fn take(&mut self, real: &Real, yaw: f64, phone: usize, outcome: &Outcome) {
        let before = self.bad + self.warned;
        for rep in outcome.reps() {
            let is = |verdict: &&Verdict| verdict.rule == real.rule;
            let as_what = rep
                .verdicts
                .iter()
                .find(is)
                .map(|verdict| verdict.assessment);
            self.bad += usize::from(as_what == Some(Assessment::Bad));
            self.warned += usize::from(as_what == Some(Assessment::Warning));
        }
        self.squats += REPS as usize;
        let named = self.bad + self.warned - before;
        if shows() && named != REPS as usize {
            println!(
                "  {:?}, yaw {yaw}°, phone {phone}: {named} named",
                real.fault
            );
        }
    }
}

/// What is no squat, from all around.
fn other_movements(table: &mut Table) {
    for act in Act::NON_SQUATS {
        let mut counted = Counted::default();
        for yaw in [0.0, 20.0, 45.0, 70.0, 90.0, -40.0, 180.0] {
            for (number, mut phone) in phones(yaw).into_iter().enumerate() {
                // A lunge needs room in an upright picture.
                phone.figure *= 0.7;
                for descent_seconds in [0.6, 1.5] {
                    counted.watch(act, descent_seconds, &phone, number as u64 + 1);
                }
            }
        }
        let what = format!("no squat: {act:?}, from all around: counted; BAD");
        counted.line(&what, table);
    }
}

/// What was counted of clips without a squat.
#[derive(Default)]
struct Counted {
    clips: usize,
    reps: usize,
    bad: usize,
}

impl Counted {
    fn watch(&mut self, act: Act, descent_seconds: f64, phone: &Viewpoint, seed: u64) {
        let mut plan = plan();
        plan.act = act;
        plan.descent_seconds = descent_seconds;
        let outcome = watch(&plan, phone, seed);
        let (reps, bad) = (outcome.reps().len(), outcome.status() == Status::Bad);
        self.clips += 1;
        self.reps += reps;
        self.bad += usize::from(bad);
        if shows() && (reps > 0 || bad) {
            println!("  {act:?} in {descent_seconds:.1} s: {reps} reps, {phone:?}");
        }
    }

    fn line(&self, what: &str, table: &mut Table) {
        let Self { clips, reps, bad } = self;
        let came_out = format!("{reps}; {bad} of {clips} clips");
        table.line(what, &came_out, "0; 0", reps + bad == 0);
    }
}

/// Clips of each movement before phones that stand anywhere.
const ANYWHERE: u64 = 100;

/// The same before phones that no threshold was chosen by: where they stand, how they are held and how fast people move is
/// drawn by lot.
fn anywhere(table: &mut Table) {
    let mut random = Random(0xD1B5_4A32_D192_ED03);
    let (mut squats, mut found, mut extra, mut accused) = (0, 0, 0, 0);
    for seed in 0..2 * ANYWHERE {
        let phone = phone_anywhere(&mut random);
        let mut plan = plan();
        plan.descent_seconds = between(&mut random, 0.7, 2.5);
        let outcome = watch(&plan, &phone, 1_000 + seed);
        let reps = outcome.reps();
        squats += REPS as usize;
        found += reps.len().min(REPS as usize);
        extra += reps.len().saturating_sub(REPS as usize);
        let wrong: Vec<_> = reps.iter().flat_map(faults).collect();
        accused += reps.iter().filter(|rep| !faults(rep).is_empty()).count();
        if shows() && (reps.len() != REPS as usize || !wrong.is_empty()) {
            println!(
                "  clean, {:.1} s: {} squats, {wrong:?}, {phone:?}",
                plan.descent_seconds,
                reps.len()
            );
        }
    }
    let came_out = format!("{found} of {squats}; {extra}; {accused}");
    let holds = found == squats && extra + accused == 0;
    let what = "simulated, phones by lot: squats found; too many; accused";
    table.line(what, &came_out, "all; 0; 0", holds);
    let mut counted = Counted::default();
    for act in Act::NON_SQUATS {
        for seed in 0..ANYWHERE {
            let mut phone = phone_anywhere(&mut random);
            phone.figure *= 0.7;
            let descent_seconds = between(&mut random, 0.5, 2.5);
            counted.watch(act, descent_seconds, &phone, 2_000 + seed);
        }
    }
    counted.line("no squat: all kinds, phones by lot: counted; BAD", table);
}

/// People who never stand still for a second: squats in which nothing is wrong, and squats whose hips shift by two and a half
/// times the threshold.
fn hurried(table: &mut Table) {
    let config = SquatConfig::default();
    let hurry = |plan: &mut Plan| {
        (plan.lead_seconds, plan.rest_seconds, plan.descent_seconds) = (0.5, 0.3, 1.0);
    };
    let (mut squats, mut known, mut accused) = (0, 0, 0);
    let mut told = Told::default();
    let shift = Real {
        fault: Fault::RightShift,
        size: |config| sized(|size| size.shift = 2.5 * config.hip_shift_ratio),
        yaws: &[],
        rule: Rule::HipShift,
    };
    for yaw in [0.0, 4.0, -4.0, 10.0, 90.0, -85.0] {
        for (number, phone) in phones(yaw).iter().enumerate() {
            let seed = 3_000 + number as u64;
            let mut plan = plan();
            hurry(&mut plan);
            let outcome = watch(&plan, phone, seed);
            squats += outcome.reps().len();
            for rep in outcome.reps() {
                let wrong = faults(rep);
                accused += usize::from(!wrong.is_empty());
                if shows() && !wrong.is_empty() {
                    println!("  hurried, yaw {yaw}°, phone {number}: {wrong:?}");
                }
                let assessed = rep.verdicts.iter().filter(|verdict| verdict.is_assessed());
                known += usize::from(assessed.count() > 4);
            }
            if yaw.abs() < 5.0 {
                plan.faults = vec![shift.fault];
                plan.fault_size = (shift.size)(&config);
                told.take(&shift, yaw, number, &watch(&plan, phone, seed));
            }
        }
    }
    let what = "simulated, no second of rest: squats; accused; of 5 rules and more";
    let came_out = format!("{squats}; {accused}; {known}");
    table.line(what, &came_out, "0 accused", accused == 0);
    let Told {
        bad,
        warned,
        squats,
    } = told;
    let what = "the same, 2.5 × HipShift: told; warned of";
    table.note(what, &format!("{bad}; {warned} of {squats}"));
}

fn between(random: &mut Random, low: f64, high: f64) -> f64 {
    low + random.even() * (high - low)
}

fn phone_anywhere(random: &mut Random) -> Viewpoint {
    let mut phone = Viewpoint::at(between(random, -180.0, 180.0));
    phone.roll_degrees = between(random, -6.0, 6.0);
    phone.height = between(random, 0.05, 0.95);
    phone.distance = between(random, 1.7, 4.0);
    phone.figure = between(random, 0.45, 0.75);
    phone.sway = between(random, -0.02, 0.02).max(0.0);
    phone.jitter = between(random, 0.0005, 0.002);
    phone.aspect = if random.even() < 0.3 {
        16.0 / 9.0
    } else {
        9.0 / 16.0
    };
    phone
}
