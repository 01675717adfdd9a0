//! The page, the contracts and their reader, embedded in the binary.

use std::sync::LazyLock;

use hyper::{
    HeaderMap, Response, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, HeaderValue, IF_NONE_MATCH, REFERRER_POLICY,
        X_CONTENT_TYPE_OPTIONS,
    },
};
use sha2::{Digest, Sha256};

use crate::http::{self, Body};

/// Nothing inline, nothing from elsewhere; sockets to the inference plane live on another port.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
     connect-src 'self' ws: wss:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);

/// One embedded file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asset {
    path: &'static str,
    content_type: &'static str,
    body: &'static str,
}

macro_rules! assets {
    ($($path:literal $content_type:literal $file:literal),+ $(,)?) => {
        &[$(Asset { path: $path, content_type: $content_type, body: include_str!(concat!("../../assets/", $file)) }),+]
    };
}

static ASSETS: &[Asset] = assets! {
    "/" "text/html; charset=utf-8" "page/index.html",
    "/page.css" "text/css; charset=utf-8" "page/page.css",
    "/icon.svg" "image/svg+xml" "page/icon.svg",
    "/main.js" "text/javascript; charset=utf-8" "page/main.js",
    "/camera.js" "text/javascript; charset=utf-8" "page/camera.js",
    "/chart.js" "text/javascript; charset=utf-8" "page/chart.js",
    "/insole.js" "text/javascript; charset=utf-8" "page/insole.js",
    "/session.js" "text/javascript; charset=utf-8" "page/session.js",
    "/soles.js" "text/javascript; charset=utf-8" "page/soles.js",
    "/stomp.js" "text/javascript; charset=utf-8" "page/stomp.js",
    "/text.js" "text/javascript; charset=utf-8" "page/text.js",
    "/docs" "text/html; charset=utf-8" "docs/index.html",
    "/docs.css" "text/css; charset=utf-8" "docs/docs.css",
    "/docs.js" "text/javascript; charset=utf-8" "docs/docs.js",
    "/openapi.json" "application/json; charset=utf-8" "openapi.json",
    "/asyncapi.json" "application/json; charset=utf-8" "asyncapi.json",
};

static TAGS: LazyLock<Vec<HeaderValue>> = LazyLock::new(|| {
    let tag = |asset: &Asset| {
        let digest = Sha256::digest(asset.body.as_bytes());
        let short: String = digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        HeaderValue::from_str(&format!("\"{short}\""))
            .unwrap_or_else(|_| HeaderValue::from_static("\"-\""))
    };
    ASSETS.iter().map(tag).collect()
});

/// The file at a path.
pub(super) fn asset(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

/// The file, or 304 when the browser has it.
pub(super) fn serve(asset: &'static Asset, headers: &HeaderMap) -> Response<Body> {
    let tag = ASSETS
        .iter()
        .position(|known| known == asset)
        .map(|index| TAGS[index].clone());
    let known = tag.is_some() && headers.get(IF_NONE_MATCH) == tag.as_ref();
    let (status, body) = if known {
        (StatusCode::NOT_MODIFIED, "")
    } else {
        (StatusCode::OK, asset.body)
    };
    let mut response = http::reply(status, HeaderValue::from_static(asset.content_type), body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Some(tag) = tag {
        headers.insert(ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_loads_is_embedded() {
        for asset in ASSETS
            .iter()
            .filter(|asset| asset.content_type.starts_with("text/html"))
        {
            for part in asset
                .body
                .split(['"', '\''])
                .filter(|part| part.ends_with(".js") || part.ends_with(".css"))
            {
                let path = format!("/{}", part.trim_start_matches(['.', '/']));
                assert!(super::asset(&path).is_some(), "{} loads {path}", asset.path);
            }
        }
        for asset in ASSETS.iter().filter(|asset| asset.path.ends_with(".js")) {
            for part in asset.body.split('"').filter(|part| part.starts_with("./")) {
                assert!(
                    super::asset(&part[1..]).is_some(),
                    "{} loads {part}",
                    asset.path
                );
            }
        }
    }

    #[test]
    fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
        for asset in ASSETS
            .iter()
            .filter(|asset| asset.content_type.starts_with("text/html"))
        {
            assert!(
                !asset.body.contains("<style")
                    && !asset.body.contains(" style=")
                    && !asset.body.contains(" onclick=")
            );
            assert!(
                !asset.body.contains("src=\"http") && !asset.body.contains("href=\"http"),
                "{}",
                asset.path
            );
        }
    }

    #[test]
    fn a_browser_that_has_it_gets_304() {
        let page = asset("/").unwrap();
        let first = serve(page, &HeaderMap::new());
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, first.headers()[ETAG].clone());
        assert_eq!(serve(page, &headers).status(), StatusCode::NOT_MODIFIED);
    }
}
