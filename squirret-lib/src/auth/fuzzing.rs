//! Bodies of the fuzz targets, here so that every compiler run checks them and every test run exercises them.

use super::{
    Audience, IdTokenRules, JwtService, Key, KeyRing, TokenService, service::sign, verify_id_token,
};
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
        assert!(!repeats(&format!("{refusal} {refusal:?}"), text));
    }
    let Ok(token) = sign(&key, data) else { return };
    if let Ok(claims) = service.verify(token.as_str(), Audience::InferenceWs, NOW) {
        assert_eq!(claims.audience, Audience::InferenceWs);
        assert!(NOW < claims.expires_at.plus(30_000));
        assert!(NOW.plus(30_000) >= claims.issued_at);
    }
}

/// Reads the data as a provider's keys and as an ID token, then as the claims of one that is signed right: keys have
/// ids that differ and cannot sign, what is published of them is read again as the same keys, and what is accepted
/// keeps the rules.
///
/// # Panics
/// When one of these does not hold.
pub fn openid(data: &[u8]) {
    if let Ok(ring) = KeyRing::from_jwks(data) {
        check_public(&ring);
    }
    let Ok(key) = Key::from_pem("fuzz", PROVIDER.as_bytes()) else {
        return;
    };
    let Ok(ring) = KeyRing::new([key.clone()]) else {
        return;
    };
    let rules = IdTokenRules {
        issuer: "https://id.example.org".into(),
        audience: "app".into(),
    };
    if let Ok(text) = std::str::from_utf8(data) {
        let refusal =
            verify_id_token(text, &ring, &rules, NOW).expect_err("nobody signs with this key");
        assert!(!repeats(&format!("{refusal} {refusal:?}"), text));
    }
    let Ok(token) = sign(&key, data) else { return };
    if let Ok(id) = verify_id_token(token.as_str(), &ring, &rules, NOW) {
        let text = std::str::from_utf8(data).expect("what is accepted is UTF-8");
        let told: Told = serde_json::from_str(text).expect("what is accepted is JSON");
        assert_eq!(told.iss, rules.issuer);
        assert_eq!(told.sub, id.subject);
        let named = |one: &serde_json::Value| one == rules.audience.as_str();
        assert!(named(&told.aud) || told.aud.as_array().is_some_and(|all| all.iter().any(named)));
    }
}

/// What an accepted ID token says; of the rest some is JSON that a reader of all of it would refuse, as numbers beyond
/// all bounds.
#[derive(serde::Deserialize)]
struct Told {
    iss: String,
    sub: String,
    aud: serde_json::Value,
}

/// Whether a refusal shows the token. A token has a dot and our words have none, so a text that happens to be words of
/// ours is not taken for one.
fn repeats(refusal: &str, token: &str) -> bool {
    token.len() >= 16 && token.contains('.') && refusal.contains(token)
}

fn check_public(ring: &KeyRing) {
    let ids: std::collections::HashSet<_> = ring
        .keys()
        .iter()
        .map(|key| (key.kid(), key.algorithm()))
        .collect();
    assert_eq!(ids.len(), ring.keys().len(), "ids or algorithms differ");
    assert!(ring.signer().is_none(), "public keys do not sign");
    let published = serde_json::to_vec(&ring.jwks()).expect("keys are JSON");
    let kinds = |ring: &KeyRing| -> Vec<_> {
        let keys = ring.keys().iter();
        keys.filter(|key| key.public_jwk().is_some())
            .map(|key| (key.kid().to_owned(), key.algorithm()))
            .collect()
    };
    if let Ok(again) = KeyRing::from_jwks(&published) {
        assert_eq!(kinds(ring), kinds(&again));
    } else {
        assert!(kinds(ring).is_empty(), "what is published is read again");
    }
}

/// An Ed25519 key whose private half stands here: signatures by it prove nothing but this code.
const PROVIDER: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";

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

        #[test]
        fn id_tokens_keep_their_rules(
            exp in 1_730_892_000_i64..1_730_893_000,
            noise in prop::collection::vec(any::<u8>(), 0..12),
            at in 0_usize..120,
        ) {
            let mut claims = format!(
                r#"{{"iss":"https://id.example.org","sub":"00000000-0000-0000-0000-000000000000","aud":["app"],"iat":1730892000,"exp":{exp}}}"#
            ).into_bytes();
            openid(&claims);
            let at = at.min(claims.len());
            claims.splice(at..at, noise);
            openid(&claims);
        }

        #[test]
        fn sets_of_keys_keep_their_rules(
            noise in prop::collection::vec(any::<u8>(), 0..4),
            at in 0_usize..200,
            kid in "[a-c#0-2]{0,2}",
        ) {
            let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
            let key = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
            let named = key.replace('}', &format!(r#","kid":"{kid}"}}"#));
            let mut keys = format!(r#"{{"keys":[{key},{named}]}}"#).into_bytes();
            openid(&keys);
            let at = at.min(keys.len());
            keys.splice(at..at, noise);
            openid(&keys);
        }
    }
}
