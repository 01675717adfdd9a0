//! The payload's JSON (RFC 7519, section 4): strict about types and duplicates.

use super::{Audience, Claims, Role, VerifyError};
use crate::UnixMillis;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, DeserializeOwned, IgnoredAny, MapAccess, Visitor},
};
use std::{borrow::Cow, fmt};

/// Members of one header or payload at most; bounds the search for duplicates.
const MAX_MEMBERS: usize = 64;

/// The largest NumericDate, seconds: the year 9999.
const MAX_SECONDS: f64 = 253_402_300_799.0;

/// Succeeds on a JSON object whose member names are all different (RFC 7519, section 4, leaves a choice between
/// refusing duplicates and taking the last; two readers that choose differently are an attack).
struct NoDuplicates;

impl<'de> Deserialize<'de> for NoDuplicates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self)
    }
}

impl<'de> Visitor<'de> for NoDuplicates {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object without duplicate names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut names: Vec<ClaimName<'de>> = Vec::with_capacity(8);
        while let Some(name) = map.next_key::<ClaimName<'de>>()? {
            if names.len() == MAX_MEMBERS || names.iter().any(|seen| seen.0 == name.0) {
                return Err(de::Error::custom("duplicate or too many names"));
            }
            names.push(name);
            map.next_value::<IgnoredAny>()?;
        }
        Ok(self)
    }
}

/// A member's name, borrowed unless it has escapes.
#[derive(Deserialize)]
struct ClaimName<'a>(#[serde(borrow)] Cow<'a, str>);

/// What we write.
#[derive(Serialize)]
pub(super) struct Written<'a> {
    pub(super) sub: &'a str,
    pub(super) aud: &'a str,
    pub(super) role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uid: Option<&'a str>,
    pub(super) iat: i64,
    pub(super) nbf: i64,
    pub(super) exp: i64,
    pub(super) jti: &'a str,
}

/// What we read.
#[derive(Deserialize)]
struct TokenClaims {
    sub: String,
    aud: OneOrMany,
    role: Option<Role>,
    uid: Option<String>,
    iat: NumericDate,
    nbf: Option<NumericDate>,
    exp: NumericDate,
    jti: Option<String>,
}

/// A list of one may be written without the list (RFC 7519, section 4.1.3).
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub(super) const fn count(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(many) => many.len(),
        }
    }

    pub(super) fn contains(&self, text: &str) -> bool {
        match self {
            Self::One(one) => one == text,
            Self::Many(many) => many.iter().any(|one| one == text),
        }
    }
}

/// Seconds since the epoch, whole or not (RFC 7519, section 2).
#[derive(Clone, Copy)]
pub(super) struct NumericDate(pub(super) UnixMillis);

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        if !(0.0..=MAX_SECONDS).contains(&seconds) {
            return Err(de::Error::custom("date out of range"));
        }
        Ok(Self(UnixMillis((seconds * 1e3).round() as i64)))
    }
}

/// The window of time in which a token counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tolerance {
    /// Clocks may differ by this, milliseconds.
    pub(super) leeway: i64,
    /// How long after its end a token still counts, milliseconds.
    pub(super) grace: i64,
}

/// Reads an object whose names are all different. All of it must be UTF-8 (RFC 7519, section 7.2), not only the members
/// that are read.
pub(super) fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, VerifyError> {
    let json = std::str::from_utf8(json).map_err(|_| VerifyError::Malformed)?;
    let NoDuplicates = serde_json::from_str(json).map_err(|_| VerifyError::Malformed)?;
    serde_json::from_str(json).map_err(|_| VerifyError::Malformed)
}

/// Reads and checks the payload of a token whose signature was found right.
pub(super) fn read(
    json: &[u8],
    audience: Audience,
    now: UnixMillis,
    tolerance: Tolerance,
) -> Result<Claims, VerifyError> {
    let read: TokenClaims = parse(json)?;
    if !read.aud.contains(audience.as_str()) {
        return Err(VerifyError::Audience {
            expected: audience.as_str(),
        });
    }
    check_time(now, read.iat, read.nbf, read.exp, tolerance)?;
    Ok(Claims {
        subject: read.sub,
        audience,
        role: read.role.unwrap_or(audience.least_role()),
        user: read.uid,
        token_id: read.jti,
        issued_at: read.iat.0,
        expires_at: read.exp.0,
    })
}

/// `exp` is the first moment at which the token no longer counts (RFC 7519, section 4.1.4), `nbf` the first at which
/// it does; a token from the future is refused as well, whatever its `nbf`.
pub(super) fn check_time(
    now: UnixMillis,
    issued: NumericDate,
    not_before: Option<NumericDate>,
    expires: NumericDate,
    tolerance: Tolerance,
) -> Result<(), VerifyError> {
    let begins = not_before.map_or(issued.0, |date| date.0.max(issued.0));
    if now.plus(tolerance.leeway) < begins {
        return Err(VerifyError::NotYetValid);
    }
    if now >= expires.0.plus(tolerance.leeway).plus(tolerance.grace) {
        return Err(VerifyError::Expired);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLERANCE: Tolerance = Tolerance {
        leeway: 30_000,
        grace: 0,
    };

    fn at(json: &str, seconds: f64) -> Result<Claims, VerifyError> {
        read(
            json.as_bytes(),
            Audience::StompWs,
            UnixMillis((seconds * 1e3) as i64),
            TOLERANCE,
        )
    }

    #[test]
    fn the_leeway_counts_to_the_millisecond() {
        let json = r#"{"sub":"s","aud":"stomp-ws","iat":1000,"nbf":1000,"exp":1900}"#;
        assert_eq!(at(json, 969.999).err(), Some(VerifyError::NotYetValid));
        assert!(at(json, 970.0).is_ok());
        assert!(at(json, 1929.999).is_ok());
        assert_eq!(at(json, 1930.0).err(), Some(VerifyError::Expired));
    }

    #[test]
    fn a_token_from_the_future_is_refused_even_without_nbf() {
        let json = r#"{"sub":"s","aud":"stomp-ws","iat":1000.5,"exp":1900}"#;
        assert_eq!(at(json, 970.4).err(), Some(VerifyError::NotYetValid));
        assert!(at(json, 970.5).is_ok());
    }

    #[test]
    fn the_audience_may_be_a_list() {
        assert!(
            at(
                r#"{"sub":"s","aud":["x","stomp-ws"],"iat":1,"exp":99}"#,
                1.0
            )
            .is_ok()
        );
        for aud in [
            r#""inference-ws""#,
            "[]",
            r#"["stomp"]"#,
            r#""stomp-ws ""#,
            r#""STOMP-WS""#,
        ] {
            let refused = at(
                &format!(r#"{{"sub":"s","aud":{aud},"iat":1,"exp":99}}"#),
                1.0,
            )
            .err();
            assert_eq!(
                refused,
                Some(VerifyError::Audience {
                    expected: "stomp-ws"
                }),
                "{aud}"
            );
        }
    }

    #[test]
    fn a_missing_role_is_the_least() {
        let claims = at(r#"{"sub":"s","aud":"stomp-ws","iat":1,"exp":99}"#, 1.0).unwrap();
        assert_eq!(claims.role, Role::Guest);
    }

    #[test]
    fn payloads_that_are_not_plain_are_malformed() {
        let members: String = (0..MAX_MEMBERS).map(|n| format!(r#","x{n}":0"#)).collect();
        let crowded = format!(r#"{{"sub":"s","aud":"stomp-ws","iat":1,"exp":99{members}}}"#);
        for json in [
            "",
            "[]",
            r#"{"sub":"s","aud":"stomp-ws","iat":1}"#,
            r#"{"sub":"s","iat":1,"exp":99}"#,
            r#"{"aud":"stomp-ws","iat":1,"exp":99}"#,
            r#"{"sub":7,"aud":"stomp-ws","iat":1,"exp":99}"#,
            r#"{"sub":"s","aud":7,"iat":1,"exp":99}"#,
            r#"{"sub":"s","aud":["stomp-ws",7],"iat":1,"exp":99}"#,
            r#"{"sub":"s","aud":{"stomp-ws":1},"iat":1,"exp":99}"#,
            r#"{"sub":"s","aud":"stomp-ws","iat":1,"exp":"99"}"#,
            r#"{"sub":"s","aud":"stomp-ws","iat":1,"exp":1e300}"#,
            r#"{"sub":"s","aud":"stomp-ws","iat":-1,"exp":99}"#,
            r#"{"sub":"s","aud":"stomp-ws","iat":1,"exp":99,"role":"root"}"#,
            r#"{"sub":"s","aud":"stomp-ws","iat":1,"exp":1,"exp":99}"#,
            r#"{"sub":"s","aud":"stomp-ws","iat":1,"exp":1,"\u0065xp":99}"#,
            r#"{"sub":"s","aud":"stomp-ws","iat":1,"exp":99,"x":1,"x":1}"#,
            r#"{"sub":"s","aud":"stomp-ws","iat":1,"exp":99}}"#,
            crowded.as_str(),
        ] {
            assert_eq!(at(json, 1.0).err(), Some(VerifyError::Malformed), "{json}");
        }
    }
}
