//! The page, the contracts and their reader, embedded in the binary, packed once and served from memory.

use std::{io::Write, sync::LazyLock};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use hyper::{
    HeaderMap, Response, StatusCode,
    header::{
        ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, COOKIE, ETAG,
        HOST, HeaderName, HeaderValue, IF_NONE_MATCH, REFERRER_POLICY, VARY,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use sha2::{Digest, Sha256};

use crate::{
    app::App,
    http::{self, Body},
};

const HTML: &str = "text/html; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// One embedded file.
struct File {
    path: &'static str,
    content_type: &'static str,
    body: &'static str,
    /// A page's style sheet: it goes out within the page, so that the first paint waits for nothing else.
    style: &'static str,
}

macro_rules! files {
    ($($path:literal $content_type:ident $file:literal $([$($style:literal)+])?),+ $(,)?) => {
        &[$(File {
            path: $path,
            content_type: $content_type,
            body: include_str!(concat!("../../assets/", $file)),
            style: concat!($($(include_str!(concat!("../../assets/", $style))),+)?),
        }),+]
    };
}

const SVG: &str = "image/svg+xml";

static FILES: &[File] = files! {
    "/" HTML "page/index.html" ["page/base.css" "page/page.css"],
    "/icon.svg" SVG "page/icon.svg",
    "/start.js" JS "page/start.js",
    "/main.js" JS "page/main.js",
    "/body.js" JS "page/body.js",
    "/camera-view.js" JS "page/camera-view.js",
    "/canvas.js" JS "page/canvas.js",
    "/capture.js" JS "page/capture.js",
    "/chart.js" JS "page/chart.js",
    "/coach-view.js" JS "page/coach-view.js",
    "/dom.js" JS "page/dom.js",
    "/feed.js" JS "page/feed.js",
    "/feet-view.js" JS "page/feet-view.js",
    "/figure.js" JS "page/figure.js",
    "/history-view.js" JS "page/history-view.js",
    "/inference.js" JS "page/inference.js",
    "/memory.js" JS "page/memory.js",
    "/report-view.js" JS "page/report-view.js",
    "/session.js" JS "page/session.js",
    "/setup-view.js" JS "page/setup-view.js",
    "/socket.js" JS "page/socket.js",
    "/sole-shape.js" JS "page/sole-shape.js",
    "/soles.js" JS "page/soles.js",
    "/stomp.js" JS "page/stomp.js",
    "/text.js" JS "page/text.js",
    "/text/en.js" JS "page/text/en.js",
    "/text/ko.js" JS "page/text/ko.js",
    "/theme.js" JS "page/theme.js",
    "/voice.js" JS "page/voice.js",
    "/docs" HTML "page/docs/index.html" ["page/base.css" "page/docs/docs.css"],
    "/docs/docs.js" JS "page/docs/docs.js",
    "/docs/element.js" JS "page/docs/element.js",
    "/docs/messages.js" JS "page/docs/messages.js",
    "/docs/operations.js" JS "page/docs/operations.js",
    "/docs/schema.js" JS "page/docs/schema.js",
    "/docs/try.js" JS "page/docs/try.js",
    "/openapi.json" JSON "openapi.json",
    "/asyncapi.json" JSON "asyncapi.json",
};

/// Where a page has its style sheet.
const STYLE_PLACE: &str = "<style></style>";
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
    fn of(plain: String) -> Self {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        let gzip = packer
            .write_all(plain.as_bytes())
            .and_then(|()| packer.finish())
            .unwrap_or_default();
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
            plain: plain.into(),
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
    page: Option<Page>,
}

/// What only a page has.
#[derive(Debug, PartialEq, Eq)]
struct Page {
    /// In the other themes.
    themed: Vec<(&'static str, Packed)>,
    /// Its style sheet as a source of the policy.
    style: String,
}

impl Asset {
    fn of(file: &File) -> Self {
        let whole = match file.content_type {
            HTML => file
                .body
                .replacen(STYLE_PLACE, &format!("<style>{}</style>", file.style), 1),
            _ => file.body.to_owned(),
        };
        let page = (file.content_type == HTML).then(|| Page {
            themed: THEMES
                .map(|theme| (theme, Packed::of(in_theme(&whole, theme))))
                .into(),
            style: http::style_source(file.style),
        });
        Self {
            path: file.path,
            content_type: file.content_type,
            packed: Packed::of(whole),
            page,
        }
    }
}

fn in_theme(page: &str, theme: &str) -> String {
    page.replacen("<html ", &format!("<html data-theme=\"{theme}\" "), 1)
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| FILES.iter().map(Asset::of).collect());

/// The file at a path.
pub(super) fn asset(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

/// The file, packed when the browser takes that; 304 when it has it.
pub(super) fn serve(app: &App, asset: &Asset, headers: &HeaderMap) -> Response<Body> {
    let mut response = answer(asset, headers);
    if let Some(page) = &asset.page {
        let host = http::header(headers, HOST.as_str()).filter(|host| is_host(host));
        let policy = policy(host, &app.inference_url(host), &page.style);
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("accept-encoding, cookie"));
        headers.insert(CONTENT_SECURITY_POLICY, policy);
        headers.insert(
            PERMISSIONS_POLICY,
            HeaderValue::from_static("camera=(self), microphone=(), geolocation=()"),
        );
        headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    }
    response
}

fn answer(asset: &Asset, headers: &HeaderMap) -> Response<Body> {
    let themed = asset.page.iter().flat_map(|page| &page.themed);
    let packed = chosen_theme(headers)
        .and_then(|chosen| themed.into_iter().find(|(theme, _)| *theme == chosen))
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

/// No script and no style inline but the page's own style sheet, nothing from elsewhere; sockets only to this host and
/// to where frames go.
fn policy(host: Option<&str>, inference: &str, style: &str) -> HeaderValue {
    let own = host.map_or_else(String::new, |host| format!("ws://{host} wss://{host} "));
    let inference = if is_url(inference) { inference } else { "" };
    let text = format!(
        "default-src 'none'; script-src 'self'; style-src {style}; img-src 'self' blob: data:; \
         media-src 'self' blob:; connect-src 'self' {own}{inference}; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'"
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
