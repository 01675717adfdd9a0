//! Reads request bodies: bounded in size and time, of the right type.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
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
    let too_large = || {
        Problem::new(
            Code::PayloadTooLarge,
            format!("the body may have {max_bytes} bytes"),
        )
        .closing()
    };
    if body.size_hint().lower() > max_bytes as u64 {
        return Err(too_large());
    }
    let whole = Limited::new(body, max_bytes).collect();
    let Ok(collected) = tokio::time::timeout(timeout, whole).await else {
        let message = format!("the body must arrive within {} s", timeout.as_secs_f64());
        return Err(Problem::new(Code::RequestTimeout, message).closing());
    };
    match collected {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(Problem::new(Code::MalformedJson, "the body broke off").closing()),
    }
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
