//! Which pages may call from a browser, and under which names the server is called.
//!
//! A page of any site can make a browser that is near the server call it: by its own origin, which the browser tells,
//! or by a name of its own that it points at the server's address (DNS rebinding), which stands in `Host`. Programs that
//! are no browsers send no `Origin`.

use std::{net::IpAddr, sync::Arc, time::Duration};

use hyper::{
    HeaderMap, Method, Request, Version,
    header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, ORIGIN, RETRY_AFTER},
    http::uri::Authority,
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{Code, DEVICE_ID, INTERNAL_KEY, Problem, REQUEST_ID, SESSION_ID};
use crate::config::Config;

/// How long a browser may keep a preflight's answer.
const MAX_AGE: Duration = Duration::from_secs(600);

/// The origins that may call, and the names that the server answers to.
#[derive(Clone, Debug)]
pub(crate) struct Doors(Arc<Names>);

#[derive(Debug)]
struct Names {
    /// Listed origins; `*` stands for any.
    origins: Vec<String>,
    /// Names besides addresses and localhost, in lower case; `*` stands for any.
    hosts: Vec<String>,
}

impl Doors {
    /// As configured. The machine's own name and the one of the inference plane's public address are always known.
    pub(crate) fn new(config: &Config) -> Self {
        let public = config.inference.public_url.as_deref().map(authority);
        let public = public.and_then(|text| text.parse::<Authority>().ok());
        let mut hosts = config.server.hosts.clone();
        hosts.extend(public.map(|public| public.host().to_owned()));
        hosts.extend(machine_name().into_iter().flat_map(|name| {
            let local = format!("{}.local", name.split('.').next().unwrap_or_default());
            [local, name]
        }));
        Self(Arc::new(Names {
            origins: config.server.cors_origins.clone(),
            hosts: hosts.iter().map(|host| plain(host)).collect(),
        }))
    }

    /// The rules for what a browser may read of our answers. No cookies are in play, so none are allowed.
    pub(crate) fn cors(&self) -> CorsLayer {
        let own_headers = [SESSION_ID, DEVICE_ID, INTERNAL_KEY, REQUEST_ID];
        let allowed = own_headers.into_iter().chain([AUTHORIZATION, CONTENT_TYPE]);
        let doors = self.clone();
        let is_allowed = move |origin: &HeaderValue, request: &hyper::http::request::Parts| {
            doors.admits(origin, host(&request.headers))
        };
        CorsLayer::new()
            .allow_origin(AllowOrigin::predicate(is_allowed))
            .allow_methods([Method::GET, Method::POST, Method::DELETE])
            .allow_headers(allowed.collect::<Vec<_>>())
            .expose_headers([REQUEST_ID, RETRY_AFTER])
            .max_age(MAX_AGE)
    }

    /// Whether the request names this server, once. Which names a trusted proxy answers to is the proxy's to decide.
    ///
    /// # Errors
    /// 400 for HTTP/1.1 without `Host` or with several, 403 for a name that is not the server's.
    pub(crate) fn check_host<B>(
        &self,
        request: &Request<B>,
        by_trusted_proxy: bool,
    ) -> Result<(), Problem> {
        let (version, headers) = (request.version(), request.headers());
        let mut hosts = headers.get_all(HOST).iter();
        let named = match (hosts.next(), hosts.next()) {
            (Some(host), None) => Some(host.to_str().unwrap_or_default()),
            (None, None) if version != Version::HTTP_11 => None,
            _ => {
                let message = "Host must stand in the request once";
                return Err(Problem::new(Code::ValidationError, message));
            }
        };
        let target = request.uri().authority().map(Authority::as_str);
        if by_trusted_proxy {
            return Ok(());
        }
        if named
            .into_iter()
            .chain(target)
            .all(|name| self.is_called(name))
        {
            return Ok(());
        }
        let message = "Host is none of this server's names; server.hosts lists those that it answers to besides \
                       addresses and localhost";
        Err(Problem::new(Code::Forbidden, message))
    }

    /// Whether a page may do more than read what is answered to anybody; `own` is the authority that the client asked.
    ///
    /// # Errors
    /// 403 for an origin that is neither the server's own, nor localhost, nor listed.
    pub(crate) fn check_origin(
        &self,
        headers: &HeaderMap,
        own: Option<&str>,
    ) -> Result<(), Problem> {
        let mut origins = headers.get_all(ORIGIN).iter();
        if origins.all(|origin| self.admits(origin, own)) {
            return Ok(());
        }
        let message = "Origin may not call this server; server.cors_origins lists those that may";
        Err(Problem::new(Code::Forbidden, message))
    }

    fn admits(&self, origin: &HeaderValue, host: Option<&str>) -> bool {
        origin.to_str().is_ok_and(|origin| {
            self.0
                .origins
                .iter()
                .any(|known| known == "*" || known == origin)
                || is_same(origin, host)
                || is_local(host_of(authority(origin)))
        })
    }

    /// Whether an authority names this server: an address, localhost, or a known name.
    fn is_called(&self, authority: &str) -> bool {
        let host = host_of(authority);
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        if bare.parse::<IpAddr>().is_ok() || is_local(host) {
            return true; // by far the most, so nothing is copied for them
        }
        let host = plain(host);
        host == "localhost"
            || host.ends_with(".localhost")
            || self
                .0
                .hosts
                .iter()
                .any(|known| known == "*" || *known == host)
    }
}

fn host(headers: &HeaderMap) -> Option<&str> {
    super::header(headers, HOST)
}

/// A name without the dot of the root, in lower case.
fn plain(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

fn authority(origin: &str) -> &str {
    origin
        .split_once("://")
        .map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default())
}

/// The host of an authority, without its port.
fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_same(origin: &str, host: Option<&str>) -> bool {
    host.is_some_and(|host| !host.is_empty() && authority(origin).eq_ignore_ascii_case(host))
}

fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

/// What the machine calls itself.
fn machine_name() -> Option<String> {
    let kernel = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let variable = || std::env::var("COMPUTERNAME").ok();
    let program = || {
        let output = std::process::Command::new("hostname").output().ok()?;
        String::from_utf8(output.stdout).ok()
    };
    let name = kernel().or_else(variable).or_else(program)?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    fn doors(flags: &[(&str, &str)]) -> Doors {
        let flags = flags
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Doors::new(&Config::load(Sources::new(toml::Table::new(), [], flags)).unwrap())
    }

    #[test]
    fn localhost_is_told_from_hosts_that_look_like_it() {
        let is_local = |origin| is_local(host_of(authority(origin)));
        for origin in [
            "http://localhost",
            "http://localhost:3000",
            "https://127.0.0.1:8443",
            "http://[::1]:8080",
        ] {
            assert!(is_local(origin), "{origin}");
        }
        for origin in [
            "http://localhost.example.org",
            "http://example.org:80",
            "null",
            "http://127.0.0.1.evil.org:1",
        ] {
            assert!(!is_local(origin), "{origin}");
        }
    }

    #[test]
    fn the_own_origin_is_the_one_of_the_host() {
        assert!(is_same(
            "https://coach.example.org:8080",
            Some("coach.example.org:8080")
        ));
        assert!(!is_same(
            "https://other.example.org",
            Some("coach.example.org")
        ));
        assert!(!is_same("null", Some("")));
    }

    #[test]
    fn the_server_answers_to_addresses_localhost_and_the_names_that_it_is_told() {
        let doors = doors(&[
            ("server.hosts", "coach.example.org"),
            ("inference.public_url", "wss://frames.example.org:8443"),
        ]);
        for host in [
            "192.0.2.7:8080",
            "[2001:db8::1]:8080",
            "[::1]",
            "localhost:8080",
            "coach.localhost",
            "Coach.Example.org.:8080",
            "frames.example.org",
        ] {
            assert!(doors.is_called(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "coach.example.org.evil.example",
            "localhost.evil.example:8080",
            "192.0.2.7.evil.example",
        ] {
            assert!(!doors.is_called(host), "{host}");
        }
        let own = machine_name().unwrap();
        assert!(doors.is_called(&format!("{own}:8080")), "{own}");
    }

    #[test]
    fn a_star_stands_for_every_name() {
        assert!(doors(&[("server.hosts", "*")]).is_called("any.example"));
    }
}
