//! The configuration: one documented struct a section, read from defaults, TOML, environment and flags.

mod check;
mod coach;
mod key_source;
mod range;
mod source;
mod value;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

pub(crate) use coach::CoachFileError;
pub(crate) use key_source::{HttpAddress, KeySource};
pub(crate) use range::Range;
pub(crate) use source::{ConfigError, Described, Problem, Sources};
pub(crate) use value::{
    AuthMode, CoachProfile, LogFormat, Precision, Role, Secret, StoreKind, TextLanguage, Value,
};

/// Declares the sections: their structs with documentation, how they are read, and how they are shown.
macro_rules! sections {
    ($($(#[doc = $section_doc:literal])+ $section:ident: $struct:ident {
        $($(#[doc = $doc:literal])+ $([$($alias:literal),+])? $key:ident: $kind:ty = $default:expr;)+
    })+) => {
        $(
            $(#[doc = $section_doc])+
            #[derive(Clone, Debug)]
            pub(crate) struct $struct { $($(#[doc = $doc])+ pub(crate) $key: $kind),+ }

            impl $struct {
                fn read(sources: &mut Sources) -> Self {
                    Self {$(
                        $key: sources.get(
                            stringify!($section), stringify!($key), &[$($($alias),+)?], concat!($($doc, "\n"),+), $default,
                        )
                    ),+}
                }

                fn show(&self) -> toml::Table {
                    let mut table = toml::Table::new();
                    $(if let Some(value) = Value::show(&self.$key) { table.insert(stringify!($key).into(), value); })+
                    table
                }
            }
        )+

        /// Everything that can be set.
        #[derive(Clone, Debug)]
        pub(crate) struct Config { $($(#[doc = $section_doc])+ pub(crate) $section: $struct),+ }

        impl Config {
            fn read(sources: &mut Sources) -> Self {
                Self { $($section: $struct::read(sources)),+ }
            }

            /// The effective configuration as TOML, secrets hidden.
            pub(crate) fn show(&self) -> toml::Table {
                let mut table = toml::Table::new();
                $(table.insert(stringify!($section).into(), toml::Value::Table(self.$section.show()));)+
                table
            }
        }
    };
}

/// An address of this many ports on all interfaces.
fn anywhere(port: u16) -> SocketAddr {
    SocketAddr::from(([0, 0, 0, 0], port))
}

sections! {
    /// The server as a whole.
    server: ServerConfig {
        /// Planes of this process: control, inference or all.
        ["SQUIRRET_ROLE"] role: Role = Role::All;
        /// Language of texts when a caller names none: ko or en.
        language: TextLanguage = TextLanguage::Ko;
        /// How long a stop may take to finish what is in flight.
        shutdown_timeout: Duration = Duration::from_secs(10);
        /// File that is written when both planes listen: a line `control=ADDRESS`, a line `inference=ADDRESS`.
        ready_file: Option<PathBuf> = None;
        /// PEM file with the certificate chain; with `tls_key` both planes speak TLS.
        tls_certificate: Option<PathBuf> = None;
        /// PEM file with the private key. Both files are read again when they change.
        tls_key: Option<PathBuf> = None;
        /// Origins that browsers may call from, besides the server's own and localhost; `*` for any.
        cors_origins: Vec<String> = Vec::new();
        /// Names under which clients call the server, besides addresses, localhost, the machine's own name and the host of `inference.public_url`; `*` for any. A request for another name is refused, so that no page can reach the server by a name of its own.
        hosts: Vec<String> = Vec::new();
        /// Whether a simulated person squats in the `default` scope, so that the page shows everything without hardware.
        demo: bool = false;
        /// Addresses or ranges of proxies that are believed, such as 10.0.0.0/8: X-Forwarded-For names the client; X-Forwarded-Proto, -Host and -Port what it asked for; Forwarded likewise.
        trusted_proxies: Vec<Range> = Vec::new();
    }
    /// The control plane: sessions, insoles, feedback, STOMP, the page.
    control: ControlConfig {
        /// Where it listens.
        listen: SocketAddr = anywhere(8080);
    }
    /// The inference plane: frames in, analysis out.
    inference: InferenceConfig {
        /// Where it listens.
        listen: SocketAddr = anywhere(8000);
        /// What clients are told to connect to, such as wss://inference.example.org; unset: the host of their request and the plane's port.
        ["INFERENCE_WS_BASE_URL"] public_url: Option<String> = None;
        /// Threads that run the network; 0 is one a core.
        runners: usize = 0;
        /// A frame that waited longer is not looked at any more.
        max_frame_age: Duration = Duration::from_millis(500);
        /// Streams of frames at once.
        max_streams: usize = 256;
        /// Whether blazepose-lite, when it is installed beside blazepose-full, takes over while streams get fewer frames than `target_stream_fps`.
        lite: bool = true;
        /// Numbers that BlazePose's landmarks are computed with: auto (bf16 where the machine has AVX-512 BF16, else f32), f32, or bf16 (an error where it has not).
        precision: Precision = Precision::Auto;
        /// Frames a second that each stream should get; one that sends fewer wants no more.
        target_stream_fps: f64 = 8.0;
        /// Frames a second that a stream must get to be of use: one that the machine cannot serve at this rate beside the others is refused with 503; 0: none is.
        min_stream_fps: f64 = 2.0;
        /// With role inference: the control plane that is told the AI status, such as http://127.0.0.1:8080.
        control_url: Option<String> = None;
    }
    /// Pose models.
    model: ModelConfig {
        /// Which model looks at the frames: blazepose-full, -lite or -heavy, movenet-lightning, or one of your own.
        name: String = "blazepose-full".into();
        /// Folder with the models' files, used as it is; unset: `models` in the data folder.
        dir: Option<PathBuf> = None;
        /// Whether a missing model is installed at the start.
        install: bool = true;
    }
    /// What lasts.
    data: DataConfig {
        /// Folder for installed models and records; unset: the user's data folder.
        dir: Option<PathBuf> = None;
    }
    /// Recordings of sessions, for replay and research; they hold keypoints and samples, no pictures.
    record: RecordConfig {
        /// Folder that gets a recording a session; unset: nothing is recorded.
        dir: Option<PathBuf> = None;
    }
    /// The store: sessions, bindings, workouts, usage.
    store: StoreConfig {
        /// sqlite: the file squirret.db in the data folder; memory: gone with the process.
        kind: StoreKind = StoreKind::Sqlite;
        /// The file and its log grow no further than this many bytes together; 0 is no limit.
        max_bytes: u64 = 0;
        /// Workouts, usage and what the app told are forgotten after this; 0s keeps them.
        retention: Duration = Duration::from_secs(365 * 86_400);
    }
    /// Tokens.
    auth: AuthConfig {
        /// Secret of at least 32 bytes that tokens are signed with; unset: the one in the data folder's `token.secret`, which is made at the first start.
        ["JWT_SECRET"] secret: Option<Secret> = None;
        /// Key id of `secret`.
        key_id: String = "1".into();
        /// Older secrets that are still accepted, each as id:secret.
        old_secrets: Vec<Secret> = Vec::new();
        /// open: anybody may call, as the original API; bearer: a session's calls carry its token.
        mode: AuthMode = AuthMode::Open;
        /// Value that callers of /internal/ai/status and /internal/usage send as `X-Internal-Key`; unset: only this machine may call, without a proxy between.
        internal_key: Option<Secret> = None;
        /// Folder of keys, one a file: ID.pem (Ed25519 or P-256, private or public), ID.secret (HS256), NAME.json (a JWKS). The last by name that can sign signs, before `secret`; all are accepted. Read again when it changes and at SIGHUP.
        key_dir: Option<PathBuf> = None;
        /// How often files of keys are looked at.
        key_check: Duration = Duration::from_secs(10);
        /// OpenID issuer whose ID token (`idToken`) /auth/upgrade asks for; unset: none is asked for.
        oidc_issuer: Option<String> = None;
        /// The app's client id at the issuer.
        oidc_audience: Option<String> = None;
        /// The issuer's public keys (a JWKS): a file, or an address such as `https://id.example.org/jwks.json`.
        oidc_keys: Option<KeySource> = None;
        /// How often the issuer's address is asked for its keys; a token of an unknown key asks at once.
        oidc_refresh: Duration = Duration::from_secs(3600);
    }
    /// How squats are judged.
    coach: CoachSettings {
        /// Against what the insoles are judged: seed (the original's rules) or calibrated (the person's own standing); unset: the file's, else calibrated.
        profile: Option<CoachProfile> = None;
        /// TOML file with thresholds that differ from the defaults; `squirret config --coach` prints them all.
        file: Option<PathBuf> = None;
    }
    /// Insole data.
    fsr: FsrConfig {
        /// Whether a session without data of its own sees the `default` scope; turn it off on a server for many users.
        shared_default: bool = true;
    }
    /// STOMP.
    stomp: StompConfig {
        /// Whether /topic/** and /queue/** work as in a plain broker, for whoever has a token; for conformance suites.
        open_broker: bool = false;
        /// How often the server sends and wants a heart-beat; 0s: it sends none and wants none.
        heart_beat: Duration = Duration::from_secs(10);
        /// CONNECT must come within this.
        login_timeout: Duration = Duration::from_secs(10);
        /// Largest frame, bytes.
        max_frame_bytes: usize = 64 * 1024;
        /// Subscriptions a connection.
        max_subscriptions: usize = 16;
    }
    /// Sessions.
    session: SessionConfig {
        /// Sessions kept at once.
        max: usize = 100_000;
        /// Sessions of one address; beyond them its oldest that nobody used makes room, or it has to wait.
        max_per_address: usize = 5_000;
        /// A session unused for this long is forgotten.
        idle: Duration = Duration::from_secs(24 * 3600);
    }
    /// Limits; sizes hold always, the others only while `enabled`.
    limits: LimitsConfig {
        /// Whether rates and per-address limits hold; off for benchmarks.
        ["SQUIRRET_LIMITS"] enabled: bool = true;
        /// Connections of a plane.
        max_connections: usize = 20_000;
        /// Connections of an address.
        max_connections_per_address: usize = 256;
        /// New connections a second of an address, on average.
        connects_per_second: f64 = 200.0;
        /// New connections of an address at once.
        connect_burst: f64 = 400.0;
        /// WebSocket handshakes a second of an address, on average.
        handshakes_per_second: f64 = 20.0;
        /// WebSocket handshakes of an address at once.
        handshake_burst: f64 = 100.0;
        /// WebSocket handshakes a second of all, on average.
        all_handshakes_per_second: f64 = 2_000.0;
        /// WebSocket handshakes of all at once.
        all_handshake_burst: f64 = 1_000.0;
        /// Requests a second of an address, on average.
        requests_per_second: f64 = 400.0;
        /// Requests of an address at once.
        request_burst: f64 = 800.0;
        /// Requests a second about one session, uploads left out, on average.
        session_requests_per_second: f64 = 50.0;
        /// Requests about one session at once.
        session_request_burst: f64 = 200.0;
        /// New sessions a second of an address, on average.
        sessions_per_second: f64 = 5.0;
        /// New sessions of an address at once.
        session_burst: f64 = 100.0;
        /// Samples a second of a session, on average.
        samples_per_second: f64 = 500.0;
        /// Samples of a session at once.
        sample_burst: f64 = 2_000.0;
        /// STOMP frames, or pictures, a second of a session over all its connections, on average.
        messages_per_second: f64 = 100.0;
        /// STOMP frames, or pictures, of a session at once.
        message_burst: f64 = 300.0;
        /// Largest REST body, bytes.
        max_body_bytes: usize = 64 * 1024;
        /// Largest inference message, bytes.
        max_message_bytes: usize = 2 * 1024 * 1024;
        /// Largest side of a picture, px.
        max_picture_side: u32 = 4096;
        /// A request's head must arrive within this.
        header_timeout: Duration = Duration::from_secs(10);
        /// A request's body must arrive within this.
        body_timeout: Duration = Duration::from_secs(10);
        /// A WebSocket's peer must answer a ping within this.
        ping_interval: Duration = Duration::from_secs(20);
        /// Write timeout of a WebSocket: a peer that does not read for this long is disconnected.
        send_timeout: Duration = Duration::from_secs(10);
        /// What the kernel may hold of an answer that its peer does not read, bytes.
        send_buffer_bytes: u32 = 128 * 1024;
        /// Messages that may wait for a slow reader.
        max_queued_messages: usize = 64;
        /// Bytes that may wait for a slow reader.
        max_queued_bytes: usize = 512 * 1024;
    }
    /// Logs, on standard error.
    log: LogConfig {
        /// What is logged, such as info or squirret=debug,warn.
        ["SQUIRRET_LOG"] filter: String = "info".into();
        /// auto: pretty on a terminal, JSON elsewhere; pretty; json.
        format: LogFormat = LogFormat::Auto;
    }
}

impl Config {
    /// Reads and checks everything; what is wrong is told at once.
    ///
    /// # Errors
    /// [`ConfigError`] with every setting that is unknown, unreadable or out of its range.
    pub(crate) fn load(mut sources: Sources) -> Result<Self, ConfigError> {
        let config = Self::read(&mut sources);
        sources.refuse_unknown();
        sources.warn_of_unknown_variables();
        for warning in &sources.warnings {
            eprintln!("squirret: {warning}");
        }
        config.check(&mut sources.problems);
        if sources.problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError {
                problems: sources.problems,
            })
        }
    }

    /// Every key with its environment variables, default and meaning.
    pub(crate) fn describe() -> Vec<Described> {
        let mut sources = Sources::default();
        Self::read(&mut sources);
        sources.described
    }

    /// The data folder: as set, else the user's own.
    pub(crate) fn data_dir(&self) -> PathBuf {
        let own = || {
            directories::ProjectDirs::from("", "", "squirret")
                .map(|dirs| dirs.data_dir().to_owned())
        };
        self.data
            .dir
            .clone()
            .or_else(own)
            .unwrap_or_else(|| "squirret-data".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(
        file: &str,
        environment: &[(&str, &str)],
        flags: &[(&str, &str)],
    ) -> Result<Config, ConfigError> {
        let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        Config::load(Sources::new(
            file.parse().unwrap(),
            own(environment),
            own(flags),
        ))
    }

    #[test]
    fn the_defaults_are_fine_and_listen_where_the_app_expects() {
        let config = load("", &[], &[]).unwrap();
        assert_eq!(config.control.listen.port(), 8080);
        assert_eq!(config.inference.listen.port(), 8000);
        assert!(config.fsr.shared_default);
        assert!(config.limits.enabled);
    }

    #[test]
    fn a_demonstration_that_nobody_could_see_is_refused() {
        assert!(load("", &[], &[("server.demo", "on")]).is_ok());
        let hidden = [("server.demo", "on"), ("fsr.shared_default", "off")];
        let error = load("", &[], &hidden).unwrap_err().to_string();
        assert!(error.contains("server.demo"), "{error}");
    }

    #[test]
    fn scripts_find_the_names_they_rely_on() {
        let secret = "0123456789abcdef0123456789abcdef";
        let config = load(
            "",
            &[
                ("SQUIRRET_CONTROL_LISTEN", "127.0.0.1:1"),
                ("SQUIRRET_INFERENCE_LISTEN", "127.0.0.1:2"),
                ("INFERENCE_WS_BASE_URL", "wss://inference.example.org"),
                ("JWT_SECRET", secret),
                ("SQUIRRET_DATA_DIR", "data"),
                ("SQUIRRET_MODEL_DIR", "models"),
                ("SQUIRRET_LOG", "debug"),
                ("SQUIRRET_LIMITS", "off"),
            ],
            &[],
        )
        .unwrap();
        assert_eq!(config.control.listen.port(), 1);
        assert_eq!(config.inference.listen.port(), 2);
        assert_eq!(
            config.inference.public_url.as_deref(),
            Some("wss://inference.example.org")
        );
        assert_eq!(config.auth.secret.unwrap().reveal(), secret);
        assert_eq!(config.data.dir.unwrap().to_str(), Some("data"));
        assert_eq!(config.model.dir.unwrap().to_str(), Some("models"));
        assert_eq!(config.log.filter, "debug");
        assert!(!config.limits.enabled);
    }

    #[test]
    fn all_errors_are_told_at_once_with_their_keys() {
        let error = load(
            "[control]\nlisten = 'nowhere'\n[auth]\nsecret = 'short'\nmod = 'open'\n",
            &[("SQUIRRET_SERVER_ROLE", "king")],
            &[("limits.request_burst", "0")],
        )
        .unwrap_err();
        let keys: Vec<_> = error
            .problems
            .iter()
            .map(|problem| problem.key.as_str())
            .collect();
        assert_eq!(
            keys,
            [
                "server.role",
                "control.listen",
                "auth.mod",
                "auth.secret",
                "limits.request_burst"
            ]
        );
        assert!(
            error
                .to_string()
                .contains("control.listen: must be address:port"),
            "{error}"
        );
    }

    #[test]
    fn what_is_shown_hides_secrets_and_reads_again() {
        let config = load(
            "",
            &[("JWT_SECRET", "0123456789abcdef0123456789abcdef")],
            &[],
        )
        .unwrap();
        let shown = config.show().to_string();
        assert!(!shown.contains("0123456789abcdef"), "{shown}");
        let mut again: toml::Table = shown.parse().unwrap();
        again["auth"].as_table_mut().unwrap().remove("secret");
        Config::load(Sources::new(again, [], [])).unwrap();
    }

    #[test]
    fn every_key_is_described() {
        for key in Config::describe() {
            assert!(!key.doc.is_empty(), "{} has no description", key.key);
        }
    }
}
