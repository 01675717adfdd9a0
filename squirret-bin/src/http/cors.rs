//! Which origins browsers may call from.

use std::time::Duration;

use hyper::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{DEVICE_ID, INTERNAL_KEY, REQUEST_ID, SESSION_ID};

/// How long a browser may keep a preflight's answer.
const MAX_AGE: Duration = Duration::from_secs(600);

/// Same origin, localhost on any port, and the listed ones; `*` allows all. No cookies are in play, so none are allowed.
pub(crate) fn cors(listed: &[String]) -> CorsLayer {
    let own_headers = [SESSION_ID, DEVICE_ID, INTERNAL_KEY, REQUEST_ID];
    let allowed = own_headers.into_iter().chain([AUTHORIZATION, CONTENT_TYPE]);
    let listed = listed.to_vec();
    let is_allowed = move |origin: &HeaderValue, request: &hyper::http::request::Parts| {
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        let host = request
            .headers
            .get("host")
            .and_then(|host| host.to_str().ok());
        listed.iter().any(|known| known == "*" || known == origin)
            || is_same(origin, host)
            || is_local(origin)
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(is_allowed))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers(allowed.collect::<Vec<_>>())
        .expose_headers([REQUEST_ID, RETRY_AFTER])
        .max_age(MAX_AGE)
}

fn authority(origin: &str) -> &str {
    origin
        .split_once("://")
        .map_or("", |(_, authority)| authority)
}

fn is_same(origin: &str, host: Option<&str>) -> bool {
    host.is_some_and(|host| !host.is_empty() && authority(origin).eq_ignore_ascii_case(host))
}

fn is_local(origin: &str) -> bool {
    let authority = authority(origin);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_is_told_from_hosts_that_look_like_it() {
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
}
