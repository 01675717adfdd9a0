//! Reads request bodies: bounded in size and time, of the right type.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::{HeaderMap, Request, body::Body as _, body::Incoming, header::CONTENT_TYPE};

use super::{Code, Problem};

/// The whole body, when it is JSON by its content type.
///
/// # Errors
/// 415 for another type, 413 for a body above `max_bytes`, 408 when it takes longer than `timeout`.
pub(crate) async fn read_json_body(
    request: &mut Request<Incoming>,
    max_bytes: usize,
    timeout: Duration,
) -> Result<Bytes, Problem> {
    if !is_json(request.headers()) {
        return Err(Problem::new(
            Code::UnsupportedMediaType,
            "content-type must be application/json",
        ));
    }
    read(request.body_mut(), max_bytes, timeout).await
}

async fn read(body: &mut Incoming, max_bytes: usize, timeout: Duration) -> Result<Bytes, Problem> {
    if body.size_hint().lower() > max_bytes as u64 {
        return Err(too_large(max_bytes));
    }
    let mut body = std::pin::pin!(collect(body, max_bytes));
    if let Some(body) = promptly(body.as_mut()).await {
        return body;
    }
    match tokio::time::timeout(timeout, body).await {
        Ok(body) => body,
        Err(_) => {
            let message = format!("the body must arrive within {} s", timeout.as_secs_f64());
            Err(Problem::new(Code::RequestTimeout, message).closing())
        }
    }
}

/// What can be had without waiting, so that no timer is set for it. The connection gives a body only after it was asked
/// for one: the first answer is always "not yet", also when all of it is there.
async fn promptly<T>(mut work: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    let mut asked = false;
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if asked => Poll::Ready(None),
        Poll::Pending => {
            asked = true;
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await
}

/// Joins the parts of a body; a body of one part, as nearly all are, is not copied.
async fn collect(body: &mut Incoming, max_bytes: usize) -> Result<Bytes, Problem> {
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
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return false;
    };
    if value == "application/json" {
        return true;
    }
    let Ok(value) = value.to_str() else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    #[tokio::test]
    async fn what_is_there_at_the_second_look_needs_no_timer() {
        let ready_at = |wanted: usize| {
            let mut looks = 0;
            poll_fn(move |_| {
                looks += 1;
                if looks >= wanted {
                    Poll::Ready(looks)
                } else {
                    Poll::Pending
                }
            })
        };
        for (wanted, had) in [(1, Some(1)), (2, Some(2)), (3, None)] {
            assert_eq!(promptly(std::pin::pin!(ready_at(wanted))).await, had);
        }
    }

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
