//! `squirret serve --demo`: a simulated person squats in the `default` scope, feet and body, so that the page shows all
//! it can on a machine without insoles, camera or pose model.

mod script;

use std::{sync::Arc, time::Duration};

use squirret::{
    UnixMillis,
    coach::{Command, Input},
    fsr::Side,
    sim::Angle,
    wire::{AnalysisView, FrameReply, to_json},
};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::{app::App, scope::Scope};
use script::Script;

/// What stands in `model` of the demonstration's analyses.
pub(crate) const MODEL: &str = "demo";

/// Insoles send 50 times a second.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(20);
/// Every other sample comes with a frame: 25 a second.
const SAMPLES_A_FRAME: u64 = 2;
/// How often a wish to calibrate is looked for.
const SAMPLES_A_LOOK: u64 = 10;
/// Width over height of the picture that nobody takes.
const ASPECT: f32 = 0.75;
/// Noise of a good pose network, picture heights (*proposed*).
const JITTER: f64 = 0.001;

/// Squats until the server stops; for ever nothing when the demonstration is off.
pub(crate) async fn run(app: &App) {
    if !app.config.server.demo {
        return std::future::pending().await;
    }
    tracing::info!("a simulated person squats in the default scope");
    let mut demo = Demo::new(app);
    let mut each = interval(SAMPLE_INTERVAL);
    each.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        each.tick().await;
        demo.step(app.clock.now(), Instant::now());
    }
}

struct Demo {
    scope: Arc<Scope>,
    script: Script,
    started: Instant,
    calibrated: Option<UnixMillis>,
    steps: u64,
    frames: u64,
}

impl Demo {
    fn new(app: &App) -> Self {
        Self {
            scope: app.scopes.default_scope(),
            script: Script::new(),
            started: Instant::now(),
            calibrated: None,
            steps: 0,
            frames: 0,
        }
    }

    fn step(&mut self, at: UnixMillis, now: Instant) {
        self.steps += 1;
        if self.steps.is_multiple_of(SAMPLES_A_LOOK) {
            self.obey(now);
        }
        let mut seconds = now.duration_since(self.started).as_secs_f64();
        if seconds >= self.script.seconds() {
            self.scope.input(Input::Command(Command::Start));
            (self.started, seconds) = (now, 0.0);
        }
        let Some((squatter, since)) = self.script.at(seconds) else {
            return;
        };
        let feet = [Side::Left, Side::Right].map(|side| squatter.sample(side, since, at));
        if self.steps.is_multiple_of(SAMPLES_A_FRAME) {
            let pose = squatter.pose(Angle::Front, ASPECT, JITTER, since);
            self.frames += 1;
            if let Some(analysis) = self.scope.judge(self.frames, Some(&pose), at) {
                let view = AnalysisView::new(&analysis, Some(&pose), 0.0, MODEL);
                self.scope
                    .publish_analysis(&to_json(&FrameReply::Analysis(view.into())));
            }
        }
        self.scope.samples(feet);
    }

    /// Who is asked to stand still for the calibration, or to begin anew, does so.
    fn obey(&mut self, now: Instant) {
        let events = self.scope.client_events();
        let asked = events
            .iter()
            .rev()
            .find(|(_, name)| matches!(&**name, "calibrate" | "start"))
            .map(|(at, _)| *at);
        if asked.is_some() && asked != self.calibrated {
            self.calibrated = asked;
            self.started = now;
        }
    }
}
