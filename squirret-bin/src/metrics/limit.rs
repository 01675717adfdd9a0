//! The names of the limits, as metrics and `docs/limits.md` call them.

/// Declares the limits and their labels once.
macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $limit:ident = $label:literal),+ $(,)?) => {
        /// What can be refused because there is too much of it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Limit { $($(#[doc = $doc])+ $limit),+ }

        impl Limit {
            /// All of them.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$limit),+];

            /// The metrics' label.
            pub(crate) const fn label(self) -> &'static str {
                match self { $(Self::$limit => $label),+ }
            }
        }
    };
}

limits! {
    /// Connections of a plane.
    Connections = "connections",
    /// Connections of an address.
    ConnectionsPerAddress = "connections_per_address",
    /// New connections of an address.
    Connects = "connects",
    /// Requests of an address.
    Requests = "requests",
    /// Requests about a session.
    SessionRequests = "session_requests",
    /// WebSocket handshakes of an address.
    Handshakes = "handshakes",
    /// WebSocket handshakes of all.
    AllHandshakes = "all_handshakes",
    /// New sessions of an address.
    Sessions = "sessions",
    /// Sessions of an address.
    SessionsPerAddress = "sessions_per_address",
    /// Samples of a session.
    Samples = "samples",
    /// STOMP frames of a session.
    StompFrames = "stomp_frames",
    /// Messages of a reader of the insole stream.
    InsoleMessages = "insole_messages",
    /// Pictures of a session.
    Frames = "frames",
    /// Streams of frames.
    Streams = "streams",
    /// Streams of frames that could not be served at a useful rate.
    StreamFps = "stream_fps",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_documented_by_its_label() {
        let documented = include_str!("../../../docs/limits.md");
        for limit in Limit::ALL {
            let label = format!("`{}`", limit.label());
            assert!(documented.contains(&label), "docs/limits.md lacks {label}");
        }
    }
}
