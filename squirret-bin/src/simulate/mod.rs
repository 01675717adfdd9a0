//! `squirret simulate`: virtual people with insoles and a camera, as clients of a running server.

mod camera;
mod client;
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
    /// Pictures for the camera of the first person.
    pub(crate) frames: Option<PathBuf>,
    /// Pictures a second.
    pub(crate) fps: f64,
    /// One connection for all samples of a foot, instead of one each as the firmware does.
    pub(crate) keep_alive: bool,
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
    /// No sample was accepted.
    #[error("no sample was accepted")]
    NothingAccepted,
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
    if report.total(Tally::Sample) == 0 {
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
    for _ in 1..plan.people {
        sessions.push(base.issue_guest().await?.session_id);
    }
    for (person, session) in sessions.into_iter().enumerate() {
        for side in [Side::Left, Side::Right]
            .into_iter()
            .filter(|side| plan.silent != Some(*side))
        {
            let foot = insole::Foot {
                side,
                person: person as u64,
                session: (!plan.default_scope).then(|| session.clone()),
                plan: plan.body.clone(),
                seed: plan.seed,
                rate: plan.rate,
                keep_alive: plan.keep_alive,
            };
            feet.spawn(foot.run(base.clone(), until, Arc::clone(&report)));
        }
    }
    let camera = async {
        match &frames {
            Some(frames) => {
                camera::run(&base, &first.session_id, frames, plan.fps, until, &report).await
            }
            None => Ok(()),
        }
    };
    let (camera, watched) =
        tokio::join!(camera, watch::run(&base, &first, "session", until, &report));
    if let Err(error) = watched {
        report.problem(&format!("STOMP: {error}"));
    }
    feet.join_all().await;
    Ok(camera?)
}
