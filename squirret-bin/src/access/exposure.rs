//! What a server that others can reach leaves open, and to whom: told at the start.

use std::net::SocketAddr;

use crate::config::{AuthMode, Config};

/// A line for each thing that somebody else than this machine can do; none while only this machine can reach the server.
pub(crate) fn exposure(config: &Config, listens: &[SocketAddr]) -> Vec<String> {
    let far: Vec<String> = listens
        .iter()
        .filter(|address| !address.ip().to_canonical().is_loopback())
        .map(ToString::to_string)
        .collect();
    if far.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![format!("other machines can reach {}:", far.join(" and "))];
    lines.push(sessions(config.auth.mode).into());
    if config.auth.mode == AuthMode::Bearer {
        lines.push(users(config).into());
    }
    if config.fsr.shared_default {
        lines.push(
            "  anybody writes and reads the default scope, feet and body; fsr.shared_default = false closes it".into(),
        );
    }
    lines.push("  anybody reads /metrics, /healthz, /readyz, the page and the contract".into());
    lines.push(internal(config).into());
    if config.stomp.open_broker {
        lines.push("  anybody with a token sends to everybody: stomp.open_broker is on".into());
    }
    if config.server.hosts.iter().any(|host| host == "*") {
        lines.push("  pages of any site can read what anybody may: server.hosts has a *".into());
    }
    if config
        .server
        .cors_origins
        .iter()
        .any(|origin| origin == "*")
    {
        lines.push("  pages of any site can call: server.cors_origins has a *".into());
    }
    if config.server.tls_certificate.is_none() {
        lines.push(
            "  without TLS, unless a proxy adds it: whoever is on the way reads along".into(),
        );
    }
    lines
}

const fn sessions(mode: AuthMode) -> &'static str {
    match mode {
        AuthMode::Open => {
            "  whoever knows a session's id reads and writes its data and signs it in; auth.mode = bearer asks for its token"
        }
        AuthMode::Bearer => "  anybody starts a session; its token alone opens it",
    }
}

const fn users(config: &Config) -> &'static str {
    if config.auth.oidc_issuer.is_some() {
        "  the identity provider says who a user is"
    } else {
        "  a user's id belongs to whoever signs in with it first"
    }
}

const fn internal(config: &Config) -> &'static str {
    if config.auth.internal_key.is_some() {
        "  /internal/ai/status and /internal/usage: this machine, and whoever has the internal key"
    } else {
        "  /internal/ai/status and /internal/usage: this machine only"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    fn told(flags: &[(&str, &str)], listens: &str) -> String {
        let flags = flags
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let config = Config::load(Sources::new(toml::Table::new(), [], flags)).unwrap();
        exposure(&config, &[listens.parse().unwrap()]).join("\n")
    }

    #[test]
    fn a_server_that_only_this_machine_reaches_tells_nothing() {
        for near in ["127.0.0.1:8080", "[::1]:8080", "[::ffff:127.0.0.1]:80"] {
            assert_eq!(told(&[], near), "");
        }
    }

    #[test]
    fn what_is_open_depends_on_how_it_is_set() {
        let open = told(&[], "0.0.0.0:8080");
        assert!(open.contains("whoever knows a session's id"), "{open}");
        assert!(open.contains("default scope"), "{open}");
        assert!(open.contains("this machine only"), "{open}");
        let closed = [
            ("auth.mode", "bearer"),
            ("fsr.shared_default", "false"),
            ("auth.internal_key", "a key that nobody guesses"),
        ];
        let closed = told(&closed, "192.0.2.1:80");
        assert!(closed.contains("its token alone"), "{closed}");
        assert!(!closed.contains("default scope"), "{closed}");
        assert!(closed.contains("has the internal key"), "{closed}");
        let wide = told(
            &[("server.hosts", "*"), ("stomp.open_broker", "true")],
            "[::]:80",
        );
        assert!(
            wide.contains("server.hosts") && wide.contains("open_broker"),
            "{wide}"
        );
    }
}
