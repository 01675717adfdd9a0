//! What every HTTP answer has in common: envelopes, request ids, bodies, cross-origin rules.

mod body;
mod cors;
mod idle;
mod names;
mod problem;
mod query;
mod request_id;
mod write_timeout;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    HeaderMap, Response, StatusCode,
    header::{AUTHORIZATION, AsHeaderName, CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
};
use serde::Serialize;
use sha2::{Digest, Sha256};

pub(crate) use body::read_json_body;
pub(crate) use cors::Doors;
pub(crate) use idle::IdleTracker;
pub(crate) use names::{DEVICE_ID, INTERNAL_KEY, REQUEST_ID, SESSION_ID};
pub(crate) use problem::Problem;
pub(crate) use query::{QueryPairs, encode, language, spoken};
pub(crate) use request_id::RequestId;
pub(crate) use squirret::wire::ErrorCode as Code;
pub(crate) use write_timeout::WriteTimeout;

/// The body of every answer.
pub(crate) type Body = Full<Bytes>;

/// Media type of JSON answers.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// A content security policy's source for this inline style sheet or script alone.
pub(crate) fn hash_source(style: &str) -> String {
    let hash = base64_simd::STANDARD.encode_to_string(Sha256::digest(style));
    format!("'sha256-{hash}'")
}

/// An answer with a body of this type.
pub(crate) fn reply(
    status: StatusCode,
    content_type: HeaderValue,
    body: impl Into<Bytes>,
) -> Response<Body> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// A JSON answer that nobody may keep.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Response<Body> {
    let mut response = reply(status, JSON, squirret::wire::to_json(value));
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// One header as text, when it is there and is text.
pub(crate) fn header(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The token of `Authorization: Bearer …`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = header(headers, AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
