//! How a session behaves.

use std::time::Duration;

use super::Limits;

/// How a session behaves; shared by all sessions of a server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionConfig {
    /// Bounds.
    pub limits: Limits,
    /// What the server can send and wants to receive: (sends every, wants every); zero is never. Default 10 s each.
    pub heart_beat: (Duration, Duration),
    /// CONNECT must arrive within this, else close 4408. Default 10 s.
    pub login_timeout: Duration,
    /// `server` header of CONNECTED. Default `squirret/` and the version.
    pub server_name: String,
    /// Destinations a client may subscribe to and send to. Default: the wire contract's.
    pub destinations: Destinations,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            heart_beat: (Duration::from_secs(10), Duration::from_secs(10)),
            login_timeout: Duration::from_secs(10),
            server_name: concat!("squirret/", env!("CARGO_PKG_VERSION")).to_owned(),
            destinations: Destinations::default(),
        }
    }
}

/// What may be subscribed and sent to.
///
/// ```
/// use squirret::stomp::Destinations;
/// let destinations = Destinations::default();
/// assert!(destinations.may_subscribe("/user/queue/session"));
/// assert!(!destinations.may_send("/user/queue/session"));
/// assert!(!destinations.may_subscribe("/topic/chat"));
/// assert!(destinations.opened().may_subscribe("/topic/chat"));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Destinations {
    /// Only these.
    Listed {
        /// Destinations to listen to.
        subscribe: Vec<String>,
        /// Destinations to send to.
        send: Vec<String>,
    },
    /// `/topic/**` and `/queue/**` too, as in a plain broker.
    Open {
        /// Further destinations to listen to.
        subscribe: Vec<String>,
        /// Further destinations to send to.
        send: Vec<String>,
    },
}

impl Default for Destinations {
    fn default() -> Self {
        Self::Listed {
            subscribe: vec![
                "/user/queue/session".to_owned(),
                "/topic/fsr-data".to_owned(),
            ],
            send: vec!["/app/session.message".to_owned()],
        }
    }
}

impl Destinations {
    /// The same, with `/topic/**` and `/queue/**` added.
    #[must_use]
    pub fn opened(self) -> Self {
        let (Self::Listed { subscribe, send } | Self::Open { subscribe, send }) = self;
        Self::Open { subscribe, send }
    }

    /// Whether a client may listen here.
    #[must_use]
    pub fn may_subscribe(&self, destination: &str) -> bool {
        let (Self::Listed { subscribe, .. } | Self::Open { subscribe, .. }) = self;
        self.is_brokered(destination) || subscribe.iter().any(|allowed| allowed == destination)
    }

    /// Whether a client may send here.
    #[must_use]
    pub fn may_send(&self, destination: &str) -> bool {
        let (Self::Listed { send, .. } | Self::Open { send, .. }) = self;
        self.is_brokered(destination) || send.iter().any(|allowed| allowed == destination)
    }

    /// Whether the broker routes this destination, rather than the application: open, not among the listed, and a topic
    /// or queue with a name.
    #[must_use]
    pub fn is_brokered(&self, destination: &str) -> bool {
        let Self::Open { subscribe, send } = self else {
            return false;
        };
        let named = ["/topic/", "/queue/"].iter().any(|root| {
            destination
                .strip_prefix(root)
                .is_some_and(|name| !name.is_empty())
        });
        named
            && !subscribe
                .iter()
                .chain(send)
                .any(|listed| listed == destination)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_of_a_listed_destination_are_refused() {
        let destinations = Destinations::default();
        for near in [
            "",
            "/user/queue/session/",
            "/user/queue/Session",
            "/user/1/queue/session",
            "/topic/**",
            "/topic/*",
        ] {
            assert!(!destinations.may_subscribe(near), "{near}");
            assert!(!destinations.may_send(near), "{near}");
        }
    }

    #[test]
    fn the_open_broker_leaves_the_applications_own_destinations_alone() {
        let open = Destinations::default().opened();
        assert!(open.is_brokered("/queue/a") && open.may_send("/queue/a"));
        assert!(!open.is_brokered("/topic/fsr-data") && open.may_subscribe("/topic/fsr-data"));
        assert!(
            !open.may_send("/topic/fsr-data"),
            "nobody forges the insole stream"
        );
        assert!(!open.may_subscribe("/app/other") && !open.may_subscribe("/topic/"));
    }
}
