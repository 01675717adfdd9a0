//! The compact serialisation of a JWS (RFC 7515, section 7.1), read strictly and without copies.

use super::{Algorithm, VerifyError, payload};
use serde::{Deserialize, Deserializer, de};

/// The longest token that is looked at, bytes. Ours have about 350; anything longer is refused before it is decoded.
pub const MAX_TOKEN_BYTES: usize = 4096;

/// A token taken apart. Nothing in here has been verified.
#[derive(Debug)]
pub(super) struct Compact<'a> {
    pub(super) header: TokenHeader,
    /// `header.payload`, what the signature covers.
    pub(super) signing_input: &'a [u8],
    /// The third part, canonical base64url of at least one byte.
    pub(super) signature: &'a str,
    payload: &'a str,
}

impl<'a> Compact<'a> {
    /// Takes `token` of at most `max` bytes apart and reads its header; the payload stays closed.
    pub(super) fn parse(token: &'a str, max: usize) -> Result<Self, VerifyError> {
        if token.is_empty() {
            return Err(VerifyError::Missing);
        }
        if token.len() > max {
            return Err(VerifyError::TooLarge {
                size: token.len(),
                max,
            });
        }
        let (signing_input, signature) = token.rsplit_once('.').ok_or(VerifyError::Malformed)?;
        let (header, payload) = signing_input
            .split_once('.')
            .ok_or(VerifyError::Malformed)?;
        if header.is_empty() || payload.is_empty() || payload.contains('.') {
            return Err(VerifyError::Malformed);
        }
        let header = TokenHeader::parse(&decode(header)?)?;
        if signature.is_empty() {
            return Err(VerifyError::Signature);
        }
        base64_simd::URL_SAFE_NO_PAD
            .check(signature.as_bytes())
            .map_err(|_| VerifyError::Malformed)?;
        Ok(Self {
            header,
            signing_input: signing_input.as_bytes(),
            signature,
            payload,
        })
    }

    /// The payload's JSON text. Only for a token whose signature was found right.
    pub(super) fn payload(&self) -> Result<Vec<u8>, VerifyError> {
        decode(self.payload)
    }
}

/// Unpadded base64url; bits that are left over must be zero, so that one token has one spelling.
fn decode(text: &str) -> Result<Vec<u8>, VerifyError> {
    base64_simd::URL_SAFE_NO_PAD
        .decode_to_vec(text)
        .map_err(|_| VerifyError::Malformed)
}

/// The header's members that matter.
#[derive(Debug)]
pub(super) struct TokenHeader {
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<String>,
}

#[derive(Deserialize)]
struct RawHeader {
    alg: Option<String>,
    typ: Option<String>,
    #[serde(default, deserialize_with = "present")]
    kid: Option<String>,
    #[serde(default, deserialize_with = "any")]
    crit: bool,
}

impl TokenHeader {
    fn parse(json: &[u8]) -> Result<Self, VerifyError> {
        let raw: RawHeader = payload::parse(json)?;
        // RFC 7515, section 4.1.11: extensions that are not understood make the token invalid; we understand none.
        if raw.crit || raw.typ.is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
            return Err(VerifyError::Malformed);
        }
        let algorithm = raw
            .alg
            .as_deref()
            .and_then(Algorithm::parse)
            .ok_or(VerifyError::Algorithm)?;
        Ok(Self {
            algorithm,
            kid: raw.kid,
        })
    }
}

/// A string, not `null`: a `kid` of `null` is not the same as none.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

/// Whether the member is there, whatever it holds.
fn any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    de::IgnoredAny::deserialize(deserializer).map(|_| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(json: &str) -> Result<TokenHeader, VerifyError> {
        TokenHeader::parse(json.as_bytes())
    }

    fn parse(token: &str) -> Result<Compact<'_>, VerifyError> {
        Compact::parse(token, MAX_TOKEN_BYTES)
    }

    fn with_header(json: &str) -> String {
        let header = base64_simd::URL_SAFE_NO_PAD.encode_to_string(json);
        format!("{header}.e30.c2ln")
    }

    #[test]
    fn reads_algorithm_and_key_id() {
        let header = header(r#"{"typ":"jwt","alg":"HS256","kid":"a","x5t":[1]}"#).unwrap();
        assert_eq!(
            (header.algorithm, header.kid.as_deref()),
            (Algorithm::Hs256, Some("a"))
        );
    }

    #[test]
    fn ed25519_is_another_name_of_eddsa() {
        for alg in ["EdDSA", "Ed25519"] {
            let header = header(&format!(r#"{{"alg":"{alg}"}}"#)).unwrap();
            assert_eq!(header.algorithm, Algorithm::EdDsa, "{alg}");
        }
    }

    #[test]
    fn algorithms_that_are_not_exactly_ours_are_refused() {
        for alg in [
            "none", "None", "NONE", "nOnE", "hs256", "HS512", "RS512", "ES384", "ES256K", "PS256",
            "EdDsa", "ed25519", "Ed448", "", "HS256 ",
        ] {
            let refused = header(&format!(r#"{{"alg":"{alg}"}}"#)).err();
            assert_eq!(refused, Some(VerifyError::Algorithm), "{alg:?}");
        }
        assert_eq!(header("{}").err(), Some(VerifyError::Algorithm));
    }

    #[test]
    fn a_header_that_is_not_plain_is_malformed() {
        for json in [
            "",
            "[]",
            "null",
            r#"{"alg":"HS256"} x"#,
            r#"{"alg":"HS256","alg":"none"}"#,
            r#"{"alg":"HS256","\u0061lg":"HS256"}"#,
            r#"{"alg":"HS256","x":1,"x":1}"#,
            r#"{"alg":["HS256"]}"#,
            r#"{"alg":"HS256","kid":null}"#,
            r#"{"alg":"HS256","kid":7}"#,
            r#"{"alg":"HS256","crit":[]}"#,
            r#"{"alg":"HS256","crit":null}"#,
            r#"{"alg":"HS256","typ":"JOSE+JSON"}"#,
        ] {
            assert_eq!(header(json).err(), Some(VerifyError::Malformed), "{json}");
        }
    }

    #[test]
    fn the_number_of_parts_is_three() {
        for token in [
            "a",
            "a.b",
            ".",
            "..",
            "e30..c2ln",
            "eyJhbGciOiJIUzI1NiJ9.e30.c2ln.c2ln",
            "eyJhbGciOiJIUzI1NiJ9.e30..c2ln",
        ] {
            assert_eq!(parse(token).err(), Some(VerifyError::Malformed), "{token}");
        }
        assert!(parse(&with_header(r#"{"alg":"HS256"}"#)).is_ok());
    }

    #[test]
    fn the_size_is_bounded() {
        let short = with_header(r#"{"alg":"HS256"}"#);
        let padding = "A".repeat((MAX_TOKEN_BYTES - short.len()) / 4 * 4);
        assert!(parse(&format!("{short}{padding}")).is_ok());
        let huge = "A".repeat(MAX_TOKEN_BYTES + 1);
        assert_eq!(
            parse(&huge).err(),
            Some(VerifyError::TooLarge {
                size: MAX_TOKEN_BYTES + 1,
                max: MAX_TOKEN_BYTES
            })
        );
    }

    #[test]
    fn base64_has_one_spelling() {
        let token = with_header(r#"{"alg":"HS256"}"#);
        for (from, to) in [
            ("c2ln", "c2lnYQ=="),
            ("c2ln", "c2lnYR"),
            ("c2ln", "c2l+"),
            ("c2ln", "c2l"),
            ("c2ln", "c2ln\n"),
            ("c2ln", " c2ln"),
        ] {
            let spoiled = token.replace(from, to);
            assert_eq!(
                parse(&spoiled).err(),
                Some(VerifyError::Malformed),
                "{to:?}"
            );
        }
    }
}
