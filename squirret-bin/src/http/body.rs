//! Reads request bodies: bounded in size and time, of the right type.

use std::{
    future::{Future, poll_fn},
    io::Read as _,
    pin::Pin,
    task::Poll,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http_body_util::BodyExt;
use hyper::{
    HeaderMap, Request,
    body::{Body as _, Incoming},
    header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING},
};

use super::{Code, Problem};

/// The whole body, when it is JSON by its content type; unpacked, when it is sent with gzip.
///
/// # Errors
/// 415 for another type or coding, 400 for a request without a body, 413 for a body above `max_bytes` (packed or
/// unpacked), 408 when it takes longer than `timeout`.
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
    let coding = Coding::of(request.headers())?;
    if has_no_length(request) {
        let message = "the request has no body: send Content-Length, or Transfer-Encoding: chunked";
        // What follows the head, if anything, would be taken for the next request.
        return Err(Problem::new(Code::MalformedJson, message).closing());
    }
    let body = read(request.body_mut(), max_bytes, timeout).await?;
    match coding {
        Coding::Identity => Ok(body),
        Coding::Gzip => unpack(&body, max_bytes),
    }
}

/// How a body is packed (RFC 9110, section 8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
}

impl Coding {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let Some(value) = headers.get(CONTENT_ENCODING) else {
            return Ok(Self::Identity);
        };
        match value
            .to_str()
            .map(|value| value.trim().to_ascii_lowercase())
            .as_deref()
        {
            Ok("" | "identity") => Ok(Self::Identity),
            Ok("gzip" | "x-gzip") => Ok(Self::Gzip),
            _ => {
                let message = "content-encoding must be gzip or absent";
                Err(Problem::new(Code::UnsupportedMediaType, message))
            }
        }
    }
}

/// The content of a gzip body, which must not exceed the limit either.
fn unpack(packed: &[u8], max_bytes: usize) -> Result<Bytes, Problem> {
    let mut content = Vec::with_capacity(packed.len().saturating_mul(2).min(max_bytes));
    let mut reader = MultiGzDecoder::new(packed).take(max_bytes as u64 + 1);
    if reader.read_to_end(&mut content).is_err() {
        let message = "content-encoding is gzip, and the body is not";
        return Err(Problem::new(Code::MalformedJson, message));
    }
    if content.len() > max_bytes {
        let message = format!("the body may have {max_bytes} bytes, unpacked");
        return Err(Problem::new(Code::PayloadTooLarge, message));
    }
    Ok(content.into())
}

/// Whether a request says nothing of a body, so that HTTP/1 gives it none.
fn has_no_length(request: &Request<Incoming>) -> bool {
    let headers = request.headers();
    request.body().is_end_stream()
        && !headers.contains_key(CONTENT_LENGTH)
        && !headers.contains_key(TRANSFER_ENCODING)
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
    fn a_gzip_body_is_unpacked_up_to_the_limit() {
        use std::io::Write as _;
        let pack = |content: &[u8]| {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            packer.write_all(content).unwrap();
            packer.finish().unwrap()
        };
        assert_eq!(
            unpack(&pack(&[b' '; 1024]), 1024).unwrap(),
            vec![b' '; 1024]
        );
        let code = |packed: &[u8]| unpack(packed, 1024).unwrap_err().code();
        assert_eq!(code(&pack(&[b' '; 1025])), Code::PayloadTooLarge);
        assert_eq!(code(&pack(&[b' '; 1 << 20])), Code::PayloadTooLarge);
        assert_eq!(code(b"{}"), Code::MalformedJson);
        assert_eq!(code(&pack(b"{}")[..12]), Code::MalformedJson);
    }

    #[test]
    fn codings_that_are_not_known_are_refused() {
        let of = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(value));
            Coding::of(&headers)
        };
        assert_eq!(of("GZip").unwrap(), Coding::Gzip);
        assert_eq!(of("identity").unwrap(), Coding::Identity);
        for coding in ["br", "deflate", "gzip, gzip"] {
            assert_eq!(of(coding).unwrap_err().code(), Code::UnsupportedMediaType);
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
