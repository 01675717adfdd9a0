//! `X-Request-Id`: the client's own when it is sane, else a new one.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

use hyper::{HeaderMap, header::HeaderValue};
use uuid::Uuid;

use super::REQUEST_ID;

/// Longest id that is taken over from a client, bytes.
const MAX_BYTES: usize = 64;

/// One request's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    /// The client's id when it has 1 to 64 letters, digits, `.`, `_` or `-`; else one that this process never gave.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        match headers.get(&REQUEST_ID) {
            Some(own) if is_sane(own.as_bytes()) => Self(own.clone()),
            _ => Self::fresh(),
        }
    }

    fn fresh() -> Self {
        static PROCESS: LazyLock<u64> = LazyLock::new(|| Uuid::new_v4().as_u64_pair().0);
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let id = hex(*PROCESS, number);
        Self(HeaderValue::from_bytes(&id).unwrap_or_else(|_| HeaderValue::from_static("-")))
    }

    /// As text.
    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// As header value.
    pub(crate) fn into_value(self) -> HeaderValue {
        self.0
    }
}

/// Eight digits of the process, a dash, eight of the number: written by hand, as each request has one.
fn hex(process: u64, number: u64) -> [u8; 17] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut id = [b'-'; 17];
    let (left, right) = id.split_at_mut(9);
    for (value, places) in [(process, &mut left[..8]), (number, right)] {
        for (place, digit) in places.iter_mut().rev().enumerate() {
            *digit = DIGITS[(value >> (4 * place)) as usize & 0xf];
        }
    }
    id
}

fn is_sane(id: &[u8]) -> bool {
    (1..=MAX_BYTES).contains(&id.len())
        && id
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(id: &str) -> RequestId {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_str(id).unwrap());
        RequestId::of(&headers)
    }

    #[test]
    fn an_id_of_ours_tells_process_and_number() {
        assert_eq!(&hex(0xdead_beef, 0x12), b"deadbeef-00000012");
        assert!(is_sane(&hex(0, u64::MAX)));
    }

    #[test]
    fn a_sane_id_is_kept_and_another_is_replaced() {
        assert_eq!(of("abc-1.2_3").as_str(), "abc-1.2_3");
        let longest = "a".repeat(MAX_BYTES);
        assert_eq!(of(&longest).as_str(), longest);
        assert_ne!(of(&"a".repeat(MAX_BYTES + 1)).as_str().len(), MAX_BYTES + 1);
        assert_ne!(of("a b").as_str(), "a b");
        assert_ne!(
            RequestId::of(&HeaderMap::new()),
            RequestId::of(&HeaderMap::new())
        );
    }
}
