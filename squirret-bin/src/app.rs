//! The one place where implementations are chosen and joined.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use parking_lot::RwLock;
use squirret::{Clock, UnixMillis, auth::TokenService, pose::PictureLimits, session::Sessions};

use crate::{
    access::Access,
    bus::{Bus, HttpBus, LocalBus},
    config::{CoachFileError, Config, Role, Secret, StoreKind},
    http,
    inference::{Inference, InferenceLimits, LoadLimits, QueueLimits},
    keys::{Hangups, Keys, KeysError, Provider, ProviderError},
    limits::Limiter,
    metrics::{Holdings, Metrics, SharedMetrics},
    proxy::Target,
    record::Recorder,
    scope::{ScopeLimits, Scopes},
    server::Shutdown,
    store::Store,
    time::{SteadyClock, SteadyTokens, Time},
    ws::{WebSockets, outbox::OutboxLimits},
};

/// Bytes of all frames that wait for a runner.
const MAX_WAITING_BYTES: usize = 64 << 20;

/// The machine's clock.
#[derive(Debug, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixMillis {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum AppError {
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
    ControlUrl(crate::bus::AddressError),
    /// Nothing can be recorded.
    #[error("record.dir: {0}")]
    Record(std::io::Error),
    /// The runners cannot be started.
    #[error("inference: {0}")]
    Runners(std::io::Error),
}

/// Where the planes really listen; known once they do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Addresses {
    /// The control plane's.
    pub(crate) control: Option<SocketAddr>,
    /// The inference plane's.
    pub(crate) inference: Option<SocketAddr>,
}

/// Everything a request may need.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) config: Config,
    /// What all that waits and expires goes by.
    pub(crate) clock: Arc<Time>,
    pub(crate) keys: Keys,
    pub(crate) tokens: Arc<dyn TokenService>,
    /// Who may do what.
    pub(crate) access: Access,
    /// Whose ID tokens vouch for a user; without one the app's word counts.
    pub(crate) provider: Option<Provider>,
    pub(crate) sessions: Sessions,
    pub(crate) store: Store,
    pub(crate) scopes: Scopes,
    pub(crate) recorder: Option<Recorder>,
    pub(crate) inference: Inference,
    pub(crate) ws: WebSockets,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) limiter: Limiter,
    pub(crate) metrics: SharedMetrics,
    pub(crate) shutdown: Shutdown,
    pub(crate) doors: http::Doors,
    pub(crate) addresses: RwLock<Addresses>,
}

impl App {
    /// Joins all parts; nothing listens yet, no model is loaded.
    ///
    /// # Errors
    /// [`AppError`] for keys or thresholds that cannot be used, or threads that cannot be started.
    pub(crate) fn new(config: Config) -> Result<Self, AppError> {
        let wall = Arc::new(SystemClock);
        let steady = Arc::new(SteadyClock::new(&*wall));
        Self::with_time(config, Time::new(steady, wall))
    }

    /// The same with another clock, which nobody steps.
    ///
    /// # Errors
    /// As [`Self::new`].
    #[cfg(test)]
    pub(crate) fn with_clock(config: Config, clock: Arc<dyn Clock>) -> Result<Self, AppError> {
        Self::with_time(config, Time::new(Arc::clone(&clock), clock))
    }

    fn with_time(config: Config, time: Time) -> Result<Self, AppError> {
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
        let recorder = recorder.transpose().map_err(AppError::Record)?;
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
        let access = Access::new(&config, store.deleted().unwrap_or_default());
        let inference = start_inference(&config).map_err(AppError::Runners)?;
        let metrics = Arc::new(Metrics::new());
        Ok(Self {
            ws: WebSockets::new(&config, &metrics),
            bus: bus(&config)?,
            limiter: Limiter::new(&config.limits),
            sessions: Sessions::new(Arc::clone(&store.sessions), Arc::clone(&tokens)),
            store,
            access,
            metrics,
            provider: Provider::new(&config.auth)?,
            shutdown: Shutdown::default(),
            doors: http::Doors::new(&config),
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

    /// What `/metrics` asks for at each scrape.
    pub(crate) fn holdings(&self) -> Holdings {
        Holdings {
            sessions: self.sessions.count().unwrap_or_default(),
            changes_waiting: self.store.behind(),
            store_failed: self.store.failure().is_some(),
            scopes: self.scopes.len(),
            inference: self.inference.standing(),
            model: self.inference.model().map(|model| model.to_string()),
            devices: self.scopes.devices(),
            queued: self.scopes.queued(),
        }
    }

    /// Where clients are told to send frames: as configured; else where they called a trusted proxy, which leads
    /// `/ws/{sessionId}` to the inference plane; else the host that they called, with the plane's port.
    pub(crate) fn inference_url(&self, target: &Target) -> String {
        if let Some(url) = &self.config.inference.public_url {
            return url.clone();
        }
        let own_tls = self.config.server.tls_certificate.is_some();
        let scheme = |tls| if tls { "wss" } else { "ws" };
        let host = match target {
            Target::Proxy { authority, tls } => {
                return format!("{}://{authority}", scheme(tls.unwrap_or(own_tls)));
            }
            Target::Direct(host) => host.as_deref(),
        };
        let listens = self
            .addresses
            .read()
            .inference
            .unwrap_or(self.config.inference.listen);
        let host = host.map_or("localhost", without_port);
        format!("{}://{host}:{}", scheme(own_tls), listens.port())
    }

    /// Drives what depends on time until the server stops.
    pub(crate) async fn run_background(self: Arc<Self>, hangups: Hangups) {
        tokio::select! {
            () = self.keys.watch(hangups.clone()) => {}
            () = self.ask_provider(hangups) => {}
            () = self.clock.watch() => {}
            () = self.scopes.run() => {}
            () = self.bus.run() => {}
            () = self.store_what_is_over() => {}
            () = self.sweep() => {}
            () = crate::demo::run(&self) => {}
            () = self.shutdown.begun() => {}
        }
    }

    async fn ask_provider(&self, hangups: Hangups) {
        match &self.provider {
            Some(provider) => provider.run(hangups).await,
            None => std::future::pending().await,
        }
    }
}

/// How AI states reach the control plane: not at all when it is in this process.
fn bus(config: &Config) -> Result<Arc<dyn Bus>, AppError> {
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
        url.parse().map_err(AppError::ControlUrl)?,
        key,
    )))
}

/// The host of an authority; an IPv6 address keeps its brackets.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => host,
        _ => authority,
    }
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

/// Whether a text is this secret, in a time that does not tell how much of it fits.
pub(crate) fn is_secret(given: &str, secret: &Secret) -> bool {
    is_same_secret(given, secret.reveal())
}

/// Whether two texts are the same, in a time that does not tell how much of them is.
pub(crate) fn is_same_secret(given: &str, secret: &str) -> bool {
    use sha2::{Digest, Sha256};
    use subtle::ConstantTimeEq;
    let digest = |text: &str| Sha256::digest(text.as_bytes());
    digest(given).ct_eq(&digest(secret)).into()
}
