//! The page, the contracts and their reader, embedded in the binary, packed once and served from memory.

use std::{io::Write, sync::LazyLock};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use hyper::{
    HeaderMap, Response, StatusCode,
    header::{
        ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG, HOST,
        HeaderName, HeaderValue, IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
    },
};
use sha2::{Digest, Sha256};

use crate::{
    app::App,
    http::{self, Body},
};

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// One embedded file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asset {
    path: &'static str,
    content_type: &'static str,
    body: &'static str,
}

macro_rules! assets {
    ($($path:literal $content_type:ident $($file:literal)+),+ $(,)?) => {
        &[$(Asset {
            path: $path,
            content_type: $content_type,
            body: concat!($(include_str!(concat!("../../assets/", $file))),+),
        }),+]
    };
}

const SVG: &str = "image/svg+xml";

static ASSETS: &[Asset] = assets! {
    "/" HTML "page/index.html",
    "/page.css" CSS "page/base.css" "page/page.css",
    "/icon.svg" SVG "page/icon.svg",
    "/early.js" JS "page/early.js",
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
    "/docs" HTML "page/docs/index.html",
    "/docs/docs.css" CSS "page/base.css" "page/docs/docs.css",
    "/docs/docs.js" JS "page/docs/docs.js",
    "/docs/element.js" JS "page/docs/element.js",
    "/docs/messages.js" JS "page/docs/messages.js",
    "/docs/operations.js" JS "page/docs/operations.js",
    "/docs/schema.js" JS "page/docs/schema.js",
    "/docs/try.js" JS "page/docs/try.js",
    "/openapi.json" JSON "openapi.json",
    "/asyncapi.json" JSON "asyncapi.json",
};

/// A file as it goes out: plain and packed, each with its tag.
struct Packed {
    gzip: Bytes,
    tag: HeaderValue,
    gzip_tag: HeaderValue,
}

impl Packed {
    fn of(asset: &Asset) -> Self {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        let gzip = packer
            .write_all(asset.body.as_bytes())
            .and_then(|()| packer.finish())
            .unwrap_or_default();
        let digest = Sha256::digest(asset.body.as_bytes());
        let short: String = digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let tag = |text: String| {
            HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("\"-\""))
        };
        Self {
            gzip: gzip.into(),
            tag: tag(format!("\"{short}\"")),
            gzip_tag: tag(format!("\"{short}-gzip\"")),
        }
    }
}

static PACKED: LazyLock<Vec<Packed>> = LazyLock::new(|| ASSETS.iter().map(Packed::of).collect());

/// The file at a path.
pub(super) fn asset(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

/// The file, packed when the browser takes that; 304 when it has it.
pub(super) fn serve(app: &App, asset: &'static Asset, headers: &HeaderMap) -> Response<Body> {
    let mut response = answer(asset, headers);
    if asset.content_type == HTML {
        let host = http::header(headers, HOST.as_str()).filter(|host| is_host(host));
        let policy = policy(host, &app.inference_url(host));
        let headers = response.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, policy);
        headers.insert(
            PERMISSIONS_POLICY,
            HeaderValue::from_static("camera=(self), microphone=(), geolocation=()"),
        );
        headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    }
    response
}

fn answer(asset: &'static Asset, headers: &HeaderMap) -> Response<Body> {
    let packed = ASSETS
        .iter()
        .position(|known| known == asset)
        .and_then(|index| PACKED.get(index));
    let gzip = packed.filter(|packed| !packed.gzip.is_empty() && takes_gzip(headers));
    let (tag, body) = match (gzip, packed) {
        (Some(packed), _) => (Some(&packed.gzip_tag), packed.gzip.clone()),
        (None, packed) => (
            packed.map(|packed| &packed.tag),
            Bytes::from_static(asset.body.as_bytes()),
        ),
    };
    let known = tag.is_some_and(|tag| has_tag(headers, tag));
    let (status, body) = if known {
        (StatusCode::NOT_MODIFIED, Bytes::new())
    } else {
        (StatusCode::OK, body)
    };
    let mut response = http::reply(status, HeaderValue::from_static(asset.content_type), body);
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(tag) = tag {
        headers.insert(ETAG, tag.clone());
    }
    if gzip.is_some() && !known {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
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

/// Nothing inline, nothing from elsewhere; sockets only to this host and to where frames go.
fn policy(host: Option<&str>, inference: &str) -> HeaderValue {
    let own = host.map_or_else(String::new, |host| format!("ws://{host} wss://{host} "));
    let inference = if is_url(inference) { inference } else { "" };
    let text = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
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
mod tests {
    use super::*;
    use std::{collections::BTreeSet, io::Read, path::Path};

    fn html() -> impl Iterator<Item = &'static Asset> {
        ASSETS.iter().filter(|asset| asset.content_type == HTML)
    }

    fn given(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    /// The path of `part` as it is named in the file at `from`.
    fn resolve(from: &str, part: &str) -> String {
        if part.starts_with('/') {
            return part.to_owned();
        }
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
        for step in part.split('/') {
            match step {
                "." => {}
                ".." => drop(steps.pop()),
                step => steps.push(step),
            }
        }
        format!("/{}", steps.join("/"))
    }

    #[test]
    fn what_a_page_or_module_loads_is_embedded() {
        for asset in ASSETS.iter().filter(|asset| asset.content_type != JSON) {
            // Comments name types by their file; nothing loads it.
            let is_loaded = |part: &&str| {
                (part.ends_with(".js") || part.ends_with(".css"))
                    && !part.contains(' ')
                    && !part.ends_with("/types.js")
            };
            for part in asset.body.split(['"', '\'']).filter(is_loaded) {
                let path = resolve(asset.path, part);
                assert!(super::asset(&path).is_some(), "{} loads {path}", asset.path);
            }
        }
    }

    #[test]
    fn every_file_of_the_pages_is_embedded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        let mut left = BTreeSet::new();
        let mut folders = vec![root.join("page")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.ends_with("types.d.ts") {
                    let body = std::fs::read_to_string(&path).unwrap();
                    if !ASSETS.iter().any(|asset| asset.body.contains(&body)) {
                        left.insert(path);
                    }
                }
            }
        }
        assert!(left.is_empty(), "not embedded: {left:?}");
    }

    /// Names that stand before a text.
    fn keys(path: &str) -> BTreeSet<&'static str> {
        let body = asset(path).unwrap().body;
        let name_before = |(end, _): (usize, &str)| {
            let before = &body[..end];
            let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
            &before[before.trim_end_matches(is_name).len()..]
        };
        body.match_indices(": \"").map(name_before).collect()
    }

    #[test]
    fn the_page_speaks_both_languages() {
        let (ko, en) = (keys("/text/ko.js"), keys("/text/en.js"));
        assert!(ko.len() > 80, "{ko:?}");
        assert_eq!(ko, en);
        for rule in squirret::Rule::ALL {
            let name = serde_json::to_value(rule).unwrap();
            let key = format!("rule_{}", name.as_str().unwrap());
            assert!(ko.contains(key.as_str()), "{key}");
        }
    }

    #[test]
    fn the_soles_have_the_sensors_where_the_layout_has_them() {
        let body = asset("/sole-shape.js").unwrap().body;
        for place in squirret::fsr::SensorLayout::default().places {
            let (across, from_toes) = (place.across / 100.0, 1.0 - place.along / 100.0);
            let written = format!("[{across:.2}, {from_toes:.2}]");
            assert!(body.contains(&written), "{written}");
        }
    }

    #[test]
    fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
        for asset in html() {
            for inline in ["<style", " style=", " onclick=", " onload=", "javascript:"] {
                assert!(!asset.body.contains(inline), "{} has {inline}", asset.path);
            }
            for elsewhere in ["src=\"http", "href=\"http", "src=\"//", "href=\"//"] {
                assert!(!asset.body.contains(elsewhere), "{}", asset.path);
            }
        }
    }

    #[test]
    fn all_that_the_live_page_loads_is_below_150_kilobytes() {
        let packed: usize = ASSETS
            .iter()
            .zip(PACKED.iter())
            .filter(|(asset, _)| !asset.path.starts_with("/docs") && asset.content_type != JSON)
            .map(|(_, packed)| packed.gzip.len())
            .sum();
        assert!((10_000..150_000).contains(&packed), "{packed} bytes");
    }

    #[test]
    fn a_browser_that_takes_gzip_gets_it_and_another_the_same_text() {
        let page = asset("/").unwrap();
        let packed = answer(page, &given(ACCEPT_ENCODING, "br, gzip;q=0.8"));
        assert_eq!(packed.headers()[CONTENT_ENCODING], "gzip");
        let mut text = String::new();
        flate2::read::GzDecoder::new(&PACKED[0].gzip[..])
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, page.body);
        for plain in ["", "br", "gzip;q=0"] {
            let plain = answer(page, &given(ACCEPT_ENCODING, plain));
            assert!(!plain.headers().contains_key(CONTENT_ENCODING));
            assert_ne!(plain.headers()[ETAG], packed.headers()[ETAG]);
        }
    }

    #[test]
    fn a_browser_that_has_it_gets_304() {
        let page = asset("/").unwrap();
        let first = answer(page, &HeaderMap::new());
        let tag = first.headers()[ETAG].to_str().unwrap();
        for known in [tag.to_owned(), format!("W/{tag}"), format!("\"x\", {tag}")] {
            let again = answer(page, &given(IF_NONE_MATCH, &known));
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{known}");
        }
        let other = answer(page, &given(IF_NONE_MATCH, "\"x\""));
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[test]
    fn the_policy_names_this_host_and_the_inference_plane_only() {
        let policy = policy(Some("squirret.example:8080"), "ws://squirret.example:8000");
        let policy = policy.to_str().unwrap();
        assert!(policy.contains(
            "connect-src 'self' ws://squirret.example:8080 wss://squirret.example:8080 ws://squirret.example:8000;"
        ));
        assert!(!policy.contains('*') && !policy.contains("unsafe"));
    }

    #[test]
    fn a_strangers_host_cannot_widen_the_policy() {
        for host in ["a; script-src *", "a b", "a'", ""] {
            assert!(!is_host(host), "{host}");
        }
        assert!(is_host("[::1]:8080") && is_host("192.168.0.7:8080"));
        let narrow = policy(None, "ws://x; script-src *");
        assert!(!narrow.to_str().unwrap().contains("script-src *"));
    }
}
