//! What proxies add to a request: that they carried it, and what the client asked them for.
//!
//! Nothing here decides whether a proxy is believed; `limits::is_trusted` does.

use hyper::{
    HeaderMap, Version,
    header::{FORWARDED, HOST, HeaderName, VIA},
};

const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");

/// Headers that only proxies write, besides `X-Forwarded-…`.
const PROXY_HEADERS: [HeaderName; 5] = [
    FORWARDED,
    VIA,
    HeaderName::from_static("x-real-ip"),
    HeaderName::from_static("cf-connecting-ip"),
    HeaderName::from_static("true-client-ip"),
];

/// Longest host name with a port that is repeated to a client: RFC 1035 allows 253 characters of a name.
const MAX_AUTHORITY: usize = 260;

/// Whether a request that arrived over loopback shows that a proxy on this machine carried it for somebody else.
///
/// Evidence is a header that proxies write, a `Host` that is not this machine's loopback, and HTTP/1.0, which nginx
/// speaks to its upstreams unless told otherwise and no current client does.
pub(crate) fn is_proxied(version: Version, headers: &HeaderMap) -> bool {
    let is_proxy_header = |name: &HeaderName| {
        name.as_str().starts_with("x-forwarded-") || PROXY_HEADERS.contains(name)
    };
    version < Version::HTTP_11 || headers.keys().any(is_proxy_header) || !is_for_loopback(headers)
}

/// Whether every `Host` names this machine by a loopback address or `localhost`.
fn is_for_loopback(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).into_iter().peekable();
    hosts.peek().is_some()
        && hosts.all(|host| {
            let host = host.to_str().map(host_name).unwrap_or_default();
            host.eq_ignore_ascii_case("localhost")
                || host
                    .parse()
                    .is_ok_and(|address: std::net::IpAddr| address.to_canonical().is_loopback())
        })
}

/// The host of an authority, without its port and an IPv6 address's brackets.
fn host_name(authority: &str) -> &str {
    if let Some(bracketed) = authority.strip_prefix('[') {
        return bracketed.split(']').next().unwrap_or_default();
    }
    authority.split(':').next().unwrap_or_default()
}

/// Where a client sent its request, as the client wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// To this process: its `Host`, if it is one.
    Direct(Option<String>),
    /// To a trusted proxy that says so.
    Proxy {
        /// Host, and port unless it is the scheme's own.
        authority: String,
        /// Whether with TLS; `None` when the proxy does not say.
        tls: Option<bool>,
    },
}

impl Target {
    /// Of a request whose proxy, if any, is not believed.
    pub(crate) fn direct(headers: &HeaderMap) -> Self {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        Self::Direct(host.filter(|host| is_authority(host)).map(str::to_owned))
    }

    /// Of a request that a trusted proxy sent: by `X-Forwarded-Host`, `-Proto` and `-Port`, else by `Forwarded`
    /// (RFC 7239). In a chain of proxies the first one's word counts: it is the one that the client asked.
    pub(crate) fn of_proxy(headers: &HeaderMap) -> Self {
        let element = elements(headers).next().unwrap_or_default();
        let proto = first(headers, &FORWARDED_PROTO)
            .map(str::to_owned)
            .or(element.proto);
        let host = first(headers, &FORWARDED_HOST)
            .map(str::to_owned)
            .or(element.host);
        let Self::Direct(own) = Self::direct(headers) else {
            return Self::Direct(None);
        };
        let tls = match proto.as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("https" | "wss") => Some(true),
            Some("http" | "ws") => Some(false),
            _ => None,
        };
        let host = host.filter(|host| is_authority(host));
        if tls.is_none() && host.is_none() {
            return Self::Direct(own);
        }
        match host.or_else(|| own.clone()) {
            Some(host) => Self::Proxy {
                authority: with_port(host, first(headers, &FORWARDED_PORT), tls),
                tls,
            },
            None => Self::Direct(own),
        }
    }

    /// The host with its port, as a browser has it in its address bar.
    pub(crate) fn authority(&self) -> Option<&str> {
        match self {
            Self::Direct(authority) => authority.as_deref(),
            Self::Proxy { authority, .. } => Some(authority),
        }
    }
}

/// Adds the port that the proxy names, unless the host has one or the scheme implies it.
fn with_port(host: String, port: Option<&str>, tls: Option<bool>) -> String {
    let port = port.and_then(|port| port.parse::<u16>().ok());
    let has_port = host
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.ends_with(']'));
    match (port, tls) {
        (Some(443), Some(true)) | (Some(80), Some(false)) | (None, _) => host,
        _ if has_port => host,
        (Some(port), _) => format!("{host}:{port}"),
    }
}

/// The first of a list in a header.
fn first<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?;
    let first = value.split(',').next()?.trim();
    (!first.is_empty()).then_some(first)
}

/// Whether a text may stand for a host and port in a URL and in a policy for browsers.
fn is_authority(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_AUTHORITY
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte))
}

/// One proxy's part of a `Forwarded` header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Element {
    client: Option<String>,
    host: Option<String>,
    proto: Option<String>,
}

/// For whom each proxy worked (`for=` of `Forwarded`), nearest proxy last; an empty text where one does not say.
pub(crate) fn forwarded_for(headers: &HeaderMap) -> Vec<String> {
    elements(headers)
        .map(|element| element.client.unwrap_or_default())
        .collect()
}

fn elements(headers: &HeaderMap) -> impl Iterator<Item = Element> {
    let lines = headers.get_all(FORWARDED).into_iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| split(line, ','))
        .map(element)
}

fn element(text: &str) -> Element {
    let mut element = Element::default();
    for pair in split(text, ';') {
        let Some((name, value)) = pair.split_once('=') else {
            continue;
        };
        let field = match name.trim().to_ascii_lowercase().as_str() {
            "for" => &mut element.client,
            "host" => &mut element.host,
            "proto" => &mut element.proto,
            _ => continue,
        };
        *field = Some(unquoted(value.trim()));
    }
    element
}

/// Splits a text, but not within its quoted strings.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |char| {
        let splits = char == separator && !quoted;
        if char == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = char == '\\' && quoted && !escaped;
        splits
    })
}

/// A token or the text of a quoted string.
fn unquoted(value: &str) -> String {
    let Some(inner) = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return value.to_owned();
    };
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(char) = chars.next() {
        text.extend(if char == '\\' {
            chars.next()
        } else {
            Some(char)
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_request_for_loopback_without_a_proxys_headers_is_direct() {
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:8080",
            "[::1]:8080",
            "127.1.2.3",
        ] {
            let direct = headers(&[("host", host)]);
            assert!(!is_proxied(Version::HTTP_11, &direct), "{host}");
        }
    }

    #[test]
    fn each_trace_of_a_proxy_is_seen() {
        let local = ("host", "127.0.0.1:8080");
        for trace in [
            ("forwarded", "for=192.0.2.1"),
            ("via", "1.1 cache"),
            ("x-forwarded-for", "127.0.0.1"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-anything", ""),
            ("x-real-ip", "127.0.0.1"),
            ("host", "coach.example.org"),
        ] {
            assert!(
                is_proxied(Version::HTTP_11, &headers(&[local, trace])),
                "{trace:?}"
            );
        }
        for host in [
            "coach.example.org",
            "localhost.example.org",
            "192.0.2.1",
            "",
            "[::2]",
        ] {
            assert!(
                is_proxied(Version::HTTP_11, &headers(&[("host", host)])),
                "{host}"
            );
        }
        assert!(is_proxied(Version::HTTP_11, &headers(&[])), "no Host");
        assert!(is_proxied(Version::HTTP_10, &headers(&[local])));
    }

    #[test]
    fn the_client_of_a_proxy_is_told_what_it_asked_for() {
        let proxy = |authority: &str, tls| Target::Proxy {
            authority: authority.to_owned(),
            tls,
        };
        for (pairs, target) in [
            (
                &[
                    ("host", "coach.example.org"),
                    ("x-forwarded-proto", "https"),
                ][..],
                proxy("coach.example.org", Some(true)),
            ),
            (
                &[
                    ("host", "127.0.0.1:8080"),
                    ("x-forwarded-host", "coach.example.org:8443"),
                    ("x-forwarded-proto", "HTTPS"),
                ],
                proxy("coach.example.org:8443", Some(true)),
            ),
            (
                &[
                    ("host", "a"),
                    ("x-forwarded-proto", "https, http"),
                    ("x-forwarded-host", "b, c"),
                    ("x-forwarded-port", "8443, 80"),
                ],
                proxy("b:8443", Some(true)),
            ),
            (
                &[
                    ("host", "a"),
                    ("x-forwarded-proto", "https"),
                    ("x-forwarded-port", "443"),
                ],
                proxy("a", Some(true)),
            ),
            (
                &[
                    ("host", "a"),
                    (
                        "forwarded",
                        "for=192.0.2.60;proto=https;by=203.0.113.43;host=\"coach.example.org:8443\", for=x;host=y",
                    ),
                ],
                proxy("coach.example.org:8443", Some(true)),
            ),
            (
                &[
                    ("host", "a:1"),
                    ("forwarded", "For=\"[2001:db8::1]:4711\";Proto=http"),
                ],
                proxy("a:1", Some(false)),
            ),
            (&[("host", "a:1")], Target::Direct(Some("a:1".to_owned()))),
            (
                &[("host", "a:1"), ("x-forwarded-host", "x; script-src *")],
                Target::Direct(Some("a:1".to_owned())),
            ),
        ] {
            assert_eq!(Target::of_proxy(&headers(pairs)), target, "{pairs:?}");
        }
    }

    #[test]
    fn quoted_strings_of_forwarded_keep_their_separators() {
        let headers = headers(&[
            ("forwarded", r#"for="a,\"b;c";host=x, for=192.0.2.1"#),
            ("forwarded", "proto=http"),
        ]);
        assert_eq!(forwarded_for(&headers), ["a,\"b;c", "192.0.2.1", ""]);
    }
}
