//! Tokens as a server under test signs and reads them.

use crate::support::SECRET;
use serde_json::Value;

/// The header of a token.
pub fn header_of(token: &str) -> Value {
    let header = token.split('.').next().unwrap();
    serde_json::from_slice(&base64_simd::URL_SAFE_NO_PAD.decode_to_vec(header).unwrap()).unwrap()
}

/// A token as the server would sign it.
pub fn token(claims: &Value) -> String {
    use jsonwebtoken::{EncodingKey, Header, encode};
    let header = Header {
        kid: Some("1".into()),
        ..Header::default()
    };
    encode(
        &header,
        claims,
        &EncodingKey::from_secret(SECRET.as_bytes()),
    )
    .unwrap()
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
