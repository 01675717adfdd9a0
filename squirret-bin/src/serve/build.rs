//! Chooses the implementations and joins them to an [`App`].

use std::sync::Arc;

use parking_lot::RwLock;
use squirret::{auth::TokenService, pose::PictureLimits, session::Sessions};

use crate::{
    app::{App, WebSockets},
    bus::{AddressError, Bus, HttpBus, LocalBus},
    clock::{SteadyClock, SteadyTokens, SystemClock, Time},
    config::{CoachFileError, Config, Role, StoreKind},
    grants::Grants,
    http::Doors,
    inference::{Inference, InferenceLimits, LoadLimits, QueueLimits},
    keys::{Keys, KeysError, Provider, ProviderError},
    limits::Limiter,
    metrics::Metrics,
    record::Recorder,
    scope::{ScopeLimits, Scopes},
    shutdown::Shutdown,
    store::Store,
    ws::outbox::OutboxLimits,
};

/// Bytes of all frames that wait for a runner.
const MAX_WAITING_BYTES: usize = 64 << 20;

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum BuildError {
    /// A key of our tokens is no good.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The identity provider's keys are no good.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The coach's thresholds cannot be used.
    #[error(transparent)]
    Coach(#[from] CoachFileError),
    /// The control plane's address is none.
    #[error("inference.control_url: {0}")]
    ControlUrl(AddressError),
    /// Nothing can be recorded.
    #[error("record.dir: {0}")]
    Record(std::io::Error),
    /// The runners cannot be started.
    #[error("inference: {0}")]
    Runners(std::io::Error),
}

/// Joins all parts; nothing listens yet, no model is loaded.
///
/// # Errors
/// [`BuildError`] for keys or thresholds that cannot be used, or threads that cannot be started.
pub(crate) fn build(config: Config) -> Result<App, BuildError> {
    let wall = Arc::new(SystemClock);
    let steady = Arc::new(SteadyClock::new(&*wall));
    build_with_time(config, Time::new(steady, wall))
}

/// The same with another clock, which nobody steps.
///
/// # Errors
/// As [`build`].
#[cfg(test)]
pub(crate) fn build_with_clock(
    config: Config,
    clock: Arc<dyn squirret::Clock>,
) -> Result<App, BuildError> {
    build_with_time(config, Time::new(Arc::clone(&clock), clock))
}

fn build_with_time(config: Config, time: Time) -> Result<App, BuildError> {
    let clock = Arc::new(time);
    let serves_control = config.server.role.serves_control();
    let data_dir = config.data_dir();
    let keeps = config.store.kind != StoreKind::Memory;
    let keys = Keys::load(
        &config.auth,
        serves_control,
        keeps.then_some(data_dir.as_path()),
    )?;
    let tokens: Arc<dyn TokenService> =
        Arc::new(SteadyTokens::new(keys.tokens(), Arc::clone(&clock)));
    let store = Store::open(&config, &(Arc::clone(&clock) as _));
    let recorder = config.record.dir.clone().map(Recorder::start);
    let recorder = recorder.transpose().map_err(BuildError::Record)?;
    let scopes = Scopes::new(
        Arc::new(config.coach.load()?),
        config.server.language.into(),
        config.fsr.shared_default,
        scope_limits(&config),
        Arc::clone(&clock),
        recorder.clone(),
        store.clone(),
    );
    scopes.restore(store.bindings().unwrap_or_default());
    scopes.restore_workouts();
    let grants = Grants::new(&config, store.deleted().unwrap_or_default());
    let inference = start_inference(&config).map_err(BuildError::Runners)?;
    let metrics = Arc::new(Metrics::new());
    Ok(App {
        ws: WebSockets::new(&config, &metrics),
        bus: bus(&config)?,
        limiter: Limiter::new(&config.limits),
        sessions: Sessions::new(Arc::clone(&store.sessions), Arc::clone(&tokens)),
        store,
        grants,
        metrics,
        provider: Provider::new(&config.auth)?,
        shutdown: Shutdown::default(),
        doors: Doors::new(&config),
        addresses: RwLock::default(),
        config,
        clock,
        keys,
        tokens,
        scopes,
        recorder,
        inference,
    })
}

/// How AI states reach the control plane: not at all when it is in this process.
fn bus(config: &Config) -> Result<Arc<dyn Bus>, BuildError> {
    let Some(url) = config
        .inference
        .control_url
        .as_ref()
        .filter(|_| config.server.role == Role::Inference)
    else {
        return Ok(Arc::new(LocalBus));
    };
    let key = config
        .auth
        .internal_key
        .as_ref()
        .map(|key| key.reveal().to_owned());
    Ok(Arc::new(HttpBus::new(
        url.parse().map_err(BuildError::ControlUrl)?,
        key,
    )))
}

fn scope_limits(config: &Config) -> ScopeLimits {
    ScopeLimits {
        outbox: OutboxLimits {
            max_messages: config.limits.max_queued_messages,
            max_bytes: config.limits.max_queued_bytes,
        },
        ..ScopeLimits::default()
    }
}

fn start_inference(config: &Config) -> std::io::Result<Inference> {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let runners = match (
        config.server.role.serves_inference(),
        config.inference.runners,
    ) {
        (false, _) => 1,
        (true, 0) => cores(),
        (true, runners) => runners,
    };
    let mut picture = PictureLimits::default();
    picture.max_side = config.limits.max_picture_side;
    picture.max_pixels = u64::from(picture.max_side).pow(2);
    picture.max_bytes = config.limits.max_message_bytes;
    let max_streams = config.inference.max_streams;
    let queue = QueueLimits {
        max_streams,
        max_waiting_bytes: max_streams
            .saturating_mul(config.limits.max_message_bytes)
            .min(MAX_WAITING_BYTES),
        max_frame_age: config.inference.max_frame_age,
    };
    Inference::start(InferenceLimits {
        queue,
        load: load_limits(config, runners),
        picture,
    })
}

/// While limits are off, nobody is refused and no rate is too high.
const fn load_limits(config: &Config, runners: usize) -> LoadLimits {
    let (inference, limits) = (&config.inference, &config.limits);
    let (min_stream_fps, max_stream_fps) = if limits.enabled {
        (inference.min_stream_fps, limits.messages_per_second)
    } else {
        (0.0, f64::INFINITY)
    };
    LoadLimits {
        runners,
        target_stream_fps: inference.target_stream_fps,
        min_stream_fps,
        max_stream_fps,
    }
}
