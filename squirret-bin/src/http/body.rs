//! Reads request bodies: bounded in size and time, of the right type.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::{HeaderMap, Request, body::Body as _, body::Incoming, header::CONTENT_TYPE};

use super::{Code, Problem};

/// The whole body, when it is JSON by its content type.
///
/// # Errors
/// 415 for another type, 413 for a body above `max_bytes`, 408 when it takes longer than `timeout`.
pub(crate) async fn read_json_body(
    request: Request<Incoming>,
    max_bytes: usize,
    timeout: Duration,
) -> Result<Bytes, Problem> {
    if !is_json(request.headers()) {
        return Err(Problem::new(
            Code::UnsupportedMediaType,
            "content-type must be application/json",
        ));
    }
    read(request.into_body(), max_bytes, timeout).await
}

async fn read(body: Incoming, max_bytes: usize, timeout: Duration) -> Result<Bytes, Problem> {
    if body.size_hint().lower() > max_bytes as u64 {
        return Err(too_large(max_bytes));
    }
    match tokio::time::timeout(timeout, collect(body, max_bytes)).await {
        Ok(body) => body,
        Err(_) => {
            let message = format!("the body must arrive within {} s", timeout.as_secs_f64());
            Err(Problem::new(Code::RequestTimeout, message).closing())
        }
    }
}

/// Joins the parts of a body; a body of one part, as nearly all are, is not copied.
async fn collect(mut body: Incoming, max_bytes: usize) -> Result<Bytes, Problem> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let broken = |_| Problem::new(Code::MalformedJson, "the body broke off").closing();
        // Trailers say nothing here.
        let Ok(data) = frame.map_err(broken)?.into_data() else {
            continue;
        };
        if whole.len() + data.len() > max_bytes {
            return Err(too_large(max_bytes));
        }
        if whole.is_empty() && body.is_end_stream() {
            return Ok(data);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

fn too_large(max_bytes: usize) -> Problem {
    let message = format!("the body may have {max_bytes} bytes");
    Problem::new(Code::PayloadTooLarge, message).closing()
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    #[test]
    fn json_is_told_by_the_essence_of_the_type() {
        for (value, json) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/json;charset=UTF-8", true),
            ("application/jsonp", false),
            ("text/plain", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
            assert_eq!(is_json(&headers), json, "{value}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
