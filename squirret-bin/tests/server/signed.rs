//! Tokens as a server under test signs and reads them.

use crate::support::SECRET;
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use serde_json::Value;

/// The header of a token.
pub fn header_of(token: &str) -> Value {
    let header = token.split('.').next().unwrap();
    serde_json::from_slice(&base64_simd::URL_SAFE_NO_PAD.decode_to_vec(header).unwrap()).unwrap()
}

/// A token as the server would sign it.
pub fn token(claims: &Value) -> String {
    hs256(SECRET.as_bytes(), "1", claims)
}

/// A token that `secret` signed.
pub fn hs256(secret: &[u8], kid: &str, claims: &Value) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    signed("HS256", kid, claims, |message| {
        hmac::sign(&key, message).as_ref().to_vec()
    })
}

/// A token that a P-256 key signed, in PEM with its public key.
pub fn es256(pem: &str, kid: &str, claims: &Value) -> String {
    let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64_simd::STANDARD.decode_to_vec(text).unwrap();
    let random = SystemRandom::new();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random).unwrap();
    signed("ES256", kid, claims, |message| {
        key.sign(&random, message).unwrap().as_ref().to_vec()
    })
}

fn signed(alg: &str, kid: &str, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let header = serde_json::json!({ "typ": "JWT", "alg": alg, "kid": kid });
    let part = |json: &Value| base64_simd::URL_SAFE_NO_PAD.encode_to_string(json.to_string());
    let message = format!("{}.{}", part(&header), part(claims));
    let signature = base64_simd::URL_SAFE_NO_PAD.encode_to_string(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// Claims of a session that end so many seconds from now.
pub fn claims(session: &str, audience: &str, seconds: i64) -> Value {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs() as i64;
    let role = if audience == "stomp-ws" {
        "guest"
    } else {
        "inference"
    };
    serde_json::json!({ "sub": session, "aud": audience, "role": role, "iat": now, "nbf": now, "exp": now + seconds })
}
