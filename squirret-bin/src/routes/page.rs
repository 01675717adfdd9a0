//! The page, the contracts and their reader, embedded in the binary, packed once and served from memory.

mod slim;

use std::{io::Write, sync::LazyLock};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use hyper::{
    HeaderMap, Response, StatusCode,
    header::{
        ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, COOKIE, ETAG,
        HeaderName, HeaderValue, IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
    },
};
use sha2::{Digest, Sha256};

use super::{Answer, Call};
use crate::{
    app::App,
    http::{self, Body, Problem},
    proxy::Target,
};

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// One embedded file.
struct File {
    path: &'static str,
    content_type: &'static str,
    body: &'static [u8],
}

macro_rules! files {
    ($($path:literal $content_type:ident $file:literal),+ $(,)?) => {
        &[$(File {
            path: $path,
            content_type: $content_type,
            body: include_bytes!(concat!("../../assets/", $file)),
        }),+]
    };
}

const SVG: &str = "image/svg+xml";
const TS: &str = "text/plain; charset=utf-8";
const PNG: &str = "image/png";
const MANIFEST: &str = "application/manifest+json";

static FILES: &[File] = files! {
    "/" HTML "page/index.html",
    "/page.css" CSS "page/page.css",
    "/icon.svg" SVG "page/icon.svg",
    "/icon-180.png" PNG "page/icon-180.png",
    "/icon-512.png" PNG "page/icon-512.png",
    "/manifest.webmanifest" MANIFEST "page/manifest.webmanifest",
    "/sw.js" JS "page/sw.js",
    "/main.js" JS "page/main.js",
    "/api.js" JS "page/api.js",
    "/body.js" JS "page/body.js",
    "/camera-view.js" JS "page/camera-view.js",
    "/canvas.js" JS "page/canvas.js",
    "/capture.js" JS "page/capture.js",
    "/chart.js" JS "page/chart.js",
    "/coach-view.js" JS "page/coach-view.js",
    "/counter.js" JS "page/counter.js",
    "/cue.js" JS "page/cue.js",
    "/dom.js" JS "page/dom.js",
    "/feed.js" JS "page/feed.js",
    "/feet-view.js" JS "page/feet-view.js",
    "/figure.js" JS "page/figure.js",
    "/fit.js" JS "page/fit.js",
    "/history-view.js" JS "page/history-view.js",
    "/install.js" JS "page/install.js",
    "/inference.js" JS "page/inference.js",
    "/memory.js" JS "page/memory.js",
    "/past-view.js" JS "page/past-view.js",
    "/placement.js" JS "page/placement.js",
    "/plan.js" JS "page/plan.js",
    "/report-view.js" JS "page/report-view.js",
    "/session.js" JS "page/session.js",
    "/setup-view.js" JS "page/setup-view.js",
    "/socket.js" JS "page/socket.js",
    "/sole-shape.js" JS "page/sole-shape.js",
    "/soles.js" JS "page/soles.js",
    "/sound.js" JS "page/sound.js",
    "/stomp.js" JS "page/stomp.js",
    "/text.js" JS "page/text.js",
    "/text/en.js" JS "page/text/en.js",
    "/text/ko.js" JS "page/text/ko.js",
    "/theme.js" JS "page/theme.js",
    "/voice.js" JS "page/voice.js",
    "/workout.js" JS "page/workout.js",
    "/workout-view.js" JS "page/workout-view.js",
    "/docs" HTML "page/docs/index.html",
    "/docs/docs.css" CSS "page/docs/docs.css",
    "/docs/docs.js" JS "page/docs/docs.js",
    "/docs/element.js" JS "page/docs/element.js",
    "/docs/messages.js" JS "page/docs/messages.js",
    "/docs/operations.js" JS "page/docs/operations.js",
    "/docs/schema.js" JS "page/docs/schema.js",
    "/docs/try.js" JS "page/docs/try.js",
    "/openapi.json" JSON "openapi.json",
    "/asyncapi.json" JSON "asyncapi.json",
    "/docs/squirret.ts" TS "page/api.ts",
};

/// The first style sheet of every page: it goes out within the page, so that the first paint waits for nothing else.
const STYLE: &str = include_str!("../../assets/page/base.css");
/// Where a page has it.
const STYLE_PLACE: &str = "<style></style>";
/// It, as it goes out.
static BASE_STYLE: LazyLock<String> = LazyLock::new(|| slim::style(STYLE));
/// It, as a source of the policy.
static STYLE_SOURCE: LazyLock<String> = LazyLock::new(|| http::hash_source(&BASE_STYLE));
/// The path of the contract whose servers' addresses are filled in.
const MESSAGES: &str = "/asyncapi.json";
/// The service worker's path.
const WORKER: &str = "/sw.js";
/// Themes that a person may choose instead of the device's, as the root element and the cookie name them.
const THEMES: [&str; 2] = ["dark", "light"];
/// The cookie of the theme that was chosen, so that nothing flashes before a script could read it.
const THEME_COOKIE: &str = "squirret.theme";

/// A file as it goes out: plain and packed, each with its tag.
#[derive(Debug, PartialEq, Eq)]
struct Packed {
    plain: Bytes,
    gzip: Bytes,
    tag: HeaderValue,
    gzip_tag: HeaderValue,
}

impl Packed {
    fn of(plain: impl Into<Bytes>) -> Self {
        let plain = plain.into();
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        let gzip = packer
            .write_all(&plain)
            .and_then(|()| packer.finish())
            .unwrap_or_default();
        // What is packed already is not packed again.
        let gzip = Some(gzip).filter(|gzip| gzip.len() < plain.len());
        let gzip = gzip.unwrap_or_default();
        let digest = Sha256::digest(&plain);
        let short: String = digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let tag = |text: String| {
            HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("\"-\""))
        };
        Self {
            plain,
            gzip: gzip.into(),
            tag: tag(format!("\"{short}\"")),
            gzip_tag: tag(format!("\"{short}-gzip\"")),
        }
    }
}

/// A file in each of its forms.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asset {
    path: &'static str,
    content_type: &'static str,
    /// As itself, or in the device's theme.
    packed: Packed,
    /// A page in the other themes.
    themed: Vec<(&'static str, Packed)>,
}

impl Asset {
    fn of(file: &File) -> Self {
        let (packed, themed) = match (file.content_type, str::from_utf8(file.body)) {
            (HTML, Ok(text)) => {
                let style = format!("<style>{}</style>", *BASE_STYLE);
                let page = text.replacen(STYLE_PLACE, &style, 1);
                let themed = THEMES.map(|theme| (theme, Packed::of(in_theme(&page, theme))));
                (Packed::of(page), themed.into())
            }
            (JS, Ok(text)) if file.path == WORKER => (Packed::of(worker(text)), Vec::new()),
            (JS, Ok(text)) => (Packed::of(slim::script(text)), Vec::new()),
            (CSS, Ok(text)) => (Packed::of(slim::style(text)), Vec::new()),
            _ => (Packed::of(file.body), Vec::new()),
        };
        Self {
            path: file.path,
            content_type: file.content_type,
            packed,
            themed,
        }
    }

    fn is_page(&self) -> bool {
        self.content_type == HTML
    }
}

/// Files that the page needs without a network: all of its own but the worker, not the contract's.
fn shell() -> impl Iterator<Item = &'static File> {
    let is_shell = |file: &&File| {
        file.content_type != JSON && file.path != WORKER && !file.path.starts_with("/docs")
    };
    FILES.iter().filter(is_shell)
}

/// The service worker with the files that it keeps, and a name that changes with any of them.
fn worker(text: &str) -> String {
    let paths: Vec<_> = shell().map(|file| file.path).collect();
    let mut digest = Sha256::new();
    shell().for_each(|file| digest.update(file.body));
    digest.update(STYLE);
    let name: String = digest.finalize()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    slim::script(text)
        .replacen("FILES = []", &format!("FILES = {paths:?}"), 1)
        .replacen("SHELL = \"\"", &format!("SHELL = \"squirret-{name}\""), 1)
}

fn in_theme(page: &str, theme: &str) -> String {
    page.replacen("<html ", &format!("<html data-theme=\"{theme}\" "), 1)
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| FILES.iter().map(Asset::of).collect());

/// The file at a path.
pub(super) fn asset(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

/// `GET` of a file of the page.
pub(super) fn get(call: &Call) -> Answer {
    let path = call.request.uri().path();
    let asset = asset(path).ok_or_else(|| Problem::no_route(path))?;
    Ok(serve(call, asset))
}

/// The file, packed when the browser takes that; 304 when it has it.
fn serve(call: &Call, asset: &Asset) -> Response<Body> {
    let headers = call.request.headers();
    let target = call.target();
    let host = target.authority().filter(|host| is_host(host));
    let inference = call.app.inference_url(&target);
    if let (MESSAGES, Some(host)) = (asset.path, host) {
        return messages(asset, host, is_tls(&call.app, &target), &inference);
    }
    let mut response = answer(asset, headers);
    if asset.is_page() {
        let policy = policy(host, &inference);
        protect(&mut response, policy, is_begun_elsewhere(headers));
    }
    response
}

/// Whether the caller reaches the control plane with TLS.
fn is_tls(app: &App, target: &Target) -> bool {
    match target {
        Target::Proxy { tls: Some(tls), .. } => *tls,
        _ => app.config.server.tls_certificate.is_some(),
    }
}

/// The contract of the WebSockets, with the servers' addresses as this caller reaches them.
fn messages(asset: &Asset, host: &str, is_tls: bool, inference: &str) -> Response<Body> {
    let text = str::from_utf8(&asset.packed.plain).unwrap_or_default();
    let server = |host: &str, scheme: &str| {
        format!("\"host\": \"{host}\",\n      \"protocol\": \"{scheme}\"")
    };
    let control = server(host, if is_tls { "wss" } else { "ws" });
    let mut text = text.replacen(&server("localhost:8080", "ws"), &control, 1);
    if let Some((scheme, host)) = inference
        .split_once("://")
        .filter(|(_, host)| is_host(host))
    {
        text = text.replacen(&server("localhost:8000", "ws"), &server(host, scheme), 1);
    }
    let mut response = http::reply(StatusCode::OK, HeaderValue::from_static(JSON), text);
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(VARY, HeaderValue::from_static("host"));
    response
}

/// What a page may do, and who may do anything to it.
fn protect(response: &mut Response<Body>, policy: HeaderValue, is_begun_elsewhere: bool) {
    let headers = response.headers_mut();
    headers.insert(
        VARY,
        HeaderValue::from_static("accept-encoding, cookie, sec-fetch-site"),
    );
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(
        PERMISSIONS_POLICY,
        HeaderValue::from_static("camera=(self), microphone=(), geolocation=()"),
    );
    if is_begun_elsewhere {
        headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    }
}

/// Whether a site other than this one may have begun the visit, and so may hold the page's window. Its hold is cut by
/// the opener policy, for which the browser starts a process; a person's own visit need not wait for that.
fn is_begun_elsewhere(headers: &HeaderMap) -> bool {
    !matches!(
        http::header(headers, FETCH_SITE.as_str()),
        Some("none" | "same-origin")
    )
}

fn answer(asset: &Asset, headers: &HeaderMap) -> Response<Body> {
    let packed = chosen_theme(headers)
        .and_then(|chosen| asset.themed.iter().find(|(theme, _)| *theme == chosen))
        .map_or(&asset.packed, |(_, packed)| packed);
    let is_packed = !packed.gzip.is_empty() && takes_gzip(headers);
    let (tag, body) = if is_packed {
        (&packed.gzip_tag, &packed.gzip)
    } else {
        (&packed.tag, &packed.plain)
    };
    let is_known = has_tag(headers, tag);
    let (status, body) = if is_known {
        (StatusCode::NOT_MODIFIED, Bytes::new())
    } else {
        (StatusCode::OK, body.clone())
    };
    let mut response = http::reply(status, HeaderValue::from_static(asset.content_type), body);
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(ETAG, tag.clone());
    if is_packed && !is_known {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// What the theme's cookie says.
fn chosen_theme(headers: &HeaderMap) -> Option<&str> {
    http::header(headers, COOKIE.as_str())?
        .split(';')
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find_map(|(name, value)| (name == THEME_COOKIE).then_some(value))
}

/// Whether `If-None-Match` names this tag (weak comparison, RFC 9110 section 13.1.2).
fn has_tag(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let Some(known) = http::header(headers, IF_NONE_MATCH.as_str()) else {
        return false;
    };
    let wanted = tag.to_str().unwrap_or_default();
    known
        .split(',')
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == wanted || tag == "*")
}

/// Whether `Accept-Encoding` names gzip and does not rule it out.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = http::header(headers, ACCEPT_ENCODING.as_str()).unwrap_or_default();
    accepted.split(',').any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = quality
            .trim()
            .strip_prefix("q=")
            .is_some_and(|quality| quality.trim().parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

/// No script and no style inline but the page's first style sheet, nothing from elsewhere; sockets only to this host and
/// to where frames go. The only trusted type is the service worker's address.
fn policy(host: Option<&str>, inference: &str) -> HeaderValue {
    let style = &*STYLE_SOURCE;
    let own = host.map_or_else(String::new, |host| format!("ws://{host} wss://{host} "));
    let inference = if is_url(inference) { inference } else { "" };
    let text = format!(
        "default-src 'none'; script-src 'self'; manifest-src 'self'; style-src 'self' {style}; img-src 'self' blob: data:; \
         media-src 'self' blob:; connect-src 'self' {own}{inference}; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types squirret-worker"
    );
    HeaderValue::from_str(&text)
        .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'; sandbox"))
}

/// A host and port that can stand in a policy: a stranger's `Host` must not add to it.
fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".:-_[]".contains(&byte))
}

fn is_url(url: &str) -> bool {
    url.bytes()
        .all(|byte| byte.is_ascii_graphic() && !b";,'\"".contains(&byte))
}

#[cfg(test)]
mod tests;
