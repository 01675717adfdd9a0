//! `squirret simulate`: virtual people with insoles and a camera, as clients of a running server.

mod camera;
mod client;
mod footage;
mod insole;
mod report;
mod watch;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use squirret::fsr::Side;

use camera::{CameraError, Frames};
use client::{Base, CallError, GuestSession};
use footage::Footage;
use report::{Report, Tally};

/// What to simulate.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The server's control plane.
    pub(crate) url: String,
    /// How many people, each with a pair of insoles.
    pub(crate) people: u32,
    /// Samples a second and foot.
    pub(crate) rate: f64,
    /// How long; `None`: until stopped.
    pub(crate) duration: Option<Duration>,
    /// How they move and what is wrong with them.
    pub(crate) body: squirret::sim::Plan,
    /// Seed of the first person.
    pub(crate) seed: u64,
    /// A foot that does not send.
    pub(crate) silent: Option<Side>,
    /// Whether they wear insoles.
    pub(crate) insoles: bool,
    /// Pictures for the cameras.
    pub(crate) frames: Option<PathBuf>,
    /// How many of the people have a camera, if there are pictures.
    pub(crate) cameras: u32,
    /// Pictures a second.
    pub(crate) fps: f64,
    /// Whether cameras follow the server's advice on the rate.
    pub(crate) follows_advice: bool,
    /// One connection for all samples of a foot, instead of one each as the firmware does.
    pub(crate) keep_alive: bool,
    /// Every sample is a call of its own, however many that makes.
    pub(crate) no_bursts: bool,
    /// Uploads without a session, into the server's default scope.
    pub(crate) default_scope: bool,
    /// Print only the summary.
    pub(crate) quiet: bool,
}

/// Why the simulation ended before its time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SimulateError {
    /// A call of the control plane failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The pictures cannot be used, or the inference plane refused.
    #[error(transparent)]
    Camera(#[from] CameraError),
    /// No sample was accepted, no frame analysed.
    #[error("no sample was accepted and no frame analysed")]
    NothingAccepted,
}

/// Calls a second that all feet together make at most; a server takes 200 connections and 400 requests a second of one
/// address by default.
const CALLS_PER_SECOND: f64 = 150.0;

/// Most samples that a server takes in one call.
const MAX_BURST: usize = 256;

impl Plan {
    /// Samples a call, so that many people at a high rate stay within what a server takes of one address.
    fn burst(&self) -> usize {
        let feet = if self.silent.is_some() { 1.0 } else { 2.0 };
        let samples = f64::from(self.people) * feet * self.rate;
        match self.no_bursts {
            true => 1,
            false => ((samples / CALLS_PER_SECOND).ceil() as usize).clamp(1, MAX_BURST),
        }
    }
}

/// A year: "until stopped" as a deadline.
const UNTIL_STOPPED: Duration = Duration::from_secs(365 * 24 * 3600);

/// Runs the plan and prints what the server says; ends at the plan's end or on Ctrl-C.
///
/// # Errors
/// [`SimulateError`] when the server cannot be reached, the pictures cannot be read, or nothing was accepted.
pub(crate) async fn run(plan: Plan) -> Result<(), SimulateError> {
    let base = Base::parse(&plan.url)?;
    let frames = plan.frames.as_deref().map(Frames::load).transpose()?;
    let report = Arc::new(Report::new(plan.quiet));
    let until = Instant::now() + plan.duration.unwrap_or(UNTIL_STOPPED);
    let first = base.issue_guest().await?;
    if !plan.default_scope && !plan.quiet {
        let (id, url) = (&first.session_id, plan.url.trim_end_matches('/'));
        println!("watch it:  {url}/#session={id}&token={}", first.ws_token);
        println!("ask for it: curl '{url}/api/fsr_data/feedback/combined?sessionId={id}'");
    }
    let people = tokio::spawn(people(
        plan,
        base,
        first,
        frames,
        until,
        Arc::clone(&report),
    ));
    tokio::select! {
        ended = people => ended.unwrap_or(Ok(()))?,
        _ = tokio::signal::ctrl_c() => {}
    }
    println!("{}", report.summary());
    if report.total(Tally::Sample) + report.total(Tally::Analysis) == 0 {
        return Err(SimulateError::NothingAccepted);
    }
    Ok(())
}

async fn people(
    plan: Plan,
    base: Base,
    first: GuestSession,
    frames: Option<Frames>,
    until: Instant,
    report: Arc<Report>,
) -> Result<(), SimulateError> {
    let mut feet = tokio::task::JoinSet::new();
    let mut sessions = vec![first.session_id.clone()];
    let cameras = frames.as_ref().map_or(0, |_| plan.cameras);
    for _ in 1..plan.people.max(cameras) {
        sessions.push(base.issue_guest().await?.session_id);
    }
    let burst = plan.burst();
    if burst > 1 && plan.insoles {
        eprintln!(
            "sending {burst} samples a call, as a server takes {CALLS_PER_SECOND} calls a second of one address gladly; \
             --no-bursts sends them one by one"
        );
    }
    let filming = films(&plan, &base, &sessions, frames, until, &report);
    let is_worn = |side: &Side| plan.insoles && plan.silent != Some(*side);
    for (person, session) in sessions.into_iter().enumerate() {
        for side in [Side::Left, Side::Right].into_iter().filter(is_worn) {
            let foot = insole::Foot {
                side,
                person: person as u64,
                session: (!plan.default_scope).then(|| session.clone()),
                plan: plan.body.clone(),
                seed: plan.seed,
                rate: plan.rate,
                keep_alive: plan.keep_alive || burst > 1,
                burst,
            };
            feet.spawn(foot.run(base.clone(), until, Arc::clone(&report)));
        }
    }
    let (filmed, watched) = tokio::join!(
        film(filming, &report),
        watch::run(&base, &first, "session", until, &report)
    );
    if let Err(error) = watched {
        report.problem(&format!("STOMP: {error}"));
    }
    feet.join_all().await;
    filmed
}

type Films = tokio::task::JoinSet<Result<Footage, CameraError>>;

/// Starts the cameras, each at another frame of the recording and another moment of its interval.
fn films(
    plan: &Plan,
    base: &Base,
    sessions: &[String],
    frames: Option<Frames>,
    until: Instant,
    report: &Arc<Report>,
) -> Films {
    let mut films = Films::new();
    let Some(frames) = frames.map(Arc::new) else {
        return films;
    };
    let pace = camera::Pace {
        fps: plan.fps,
        follows_advice: plan.follows_advice,
        until,
    };
    let cameras = plan.cameras as usize;
    for (index, session) in sessions.iter().take(cameras).cloned().enumerate() {
        let (base, frames, report) = (base.clone(), Arc::clone(&frames), Arc::clone(report));
        let delay = Duration::from_secs_f64(index as f64 / cameras as f64 / plan.fps);
        films.spawn(async move {
            tokio::time::sleep(delay).await;
            camera::run(&base, &session, &frames, index * 7, pace, &report).await
        });
    }
    films
}

/// Waits for the cameras and sums up what they saw. The first error counts when no camera worked, else it is told.
async fn film(mut films: Films, report: &Report) -> Result<(), SimulateError> {
    let started = Instant::now();
    let (mut footages, mut failure) = (Vec::new(), None);
    while let Some(ended) = films.join_next().await {
        match ended {
            Ok(Ok(footage)) => footages.push(footage),
            Ok(Err(error)) => {
                report.problem(&error.to_string());
                failure.get_or_insert(error);
            }
            Err(error) => report.problem(&error.to_string()),
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    if let Some(line) = report::of_cameras(&footages, seconds) {
        println!("{line}");
    }
    match failure {
        Some(error) if footages.is_empty() => Err(error.into()),
        _ => Ok(()),
    }
}
