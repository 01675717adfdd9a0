//! Body of the fuzz target, here so that every compiler run checks it and every test run exercises it.

use super::{Audience, JwtService, Key, KeyRing, TokenService, service::sign};
use crate::UnixMillis;

const NOW: UnixMillis = UnixMillis(1_730_892_345_000);

/// Verifies the data as a token (never right: nobody knows the key), then as the claims of a token that is signed
/// right: what is accepted keeps its time and plane, and no refusal repeats what was sent.
///
/// # Panics
/// When one of these does not hold.
pub fn token_verify(data: &[u8]) {
    // 256 bits that a fuzzer does not guess.
    let Ok(key) = Key::hs256("fuzz", b"\x9b\x1f\xe3\x40\x77\xd2\x5a\xc8\x0e\x64\xb9\x13\xfd\x2c\x86\x31\x55\xaa\x01\x7e\xc4\x98\x6d\x20\xf7\x3b\xe1\x49\x8d\x52\xb6\x0f") else {
        return;
    };
    let Ok(ring) = KeyRing::new([key.clone()]) else {
        return;
    };
    let service = JwtService::new(ring);
    if let Ok(text) = std::str::from_utf8(data) {
        let refusal = service
            .verify(text, Audience::StompWs, NOW)
            .expect_err("the key is not known");
        let shown = format!("{refusal} {refusal:?}");
        assert!(text.len() < 16 || !shown.contains(text));
    }
    let Ok(token) = sign(&key, data) else { return };
    if let Ok(claims) = service.verify(token.as_str(), Audience::InferenceWs, NOW) {
        assert_eq!(claims.audience, Audience::InferenceWs);
        assert!(NOW < claims.expires_at.plus(30_000));
        assert!(NOW.plus(30_000) >= claims.issued_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tokens_keep_their_rules(
            iat in 1_730_892_000_i64..1_730_893_000,
            exp in 1_730_892_000_i64..1_730_893_000,
            noise in prop::collection::vec(any::<u8>(), 0..12),
            at in 0_usize..80,
        ) {
            let mut claims = format!(r#"{{"sub":"s","aud":["inference-ws"],"iat":{iat},"exp":{exp}}}"#).into_bytes();
            token_verify(&claims);
            let at = at.min(claims.len());
            claims.splice(at..at, noise);
            token_verify(&claims);
        }
    }
}
