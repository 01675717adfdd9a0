//! ID tokens of an OpenID provider: OpenID Connect Core 1.0, section 3.1.3.7, without a nonce (the app signed its user
//! in, not we).

use super::{
    KeyRing, VerifyError,
    payload::{self, NumericDate, OneOrMany, Tolerance},
    service::{LEEWAY_MILLIS, open},
};
use crate::UnixMillis;
use serde::Deserialize;
use uuid::Uuid;

/// The longest ID token that is looked at, bytes. Providers put groups and pictures into them.
const MAX_ID_TOKEN_BYTES: usize = 16 * 1024;

/// What an ID token must say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a configuration of two")]
pub struct IdTokenRules {
    /// `iss`, exactly.
    pub issuer: String,
    /// The app's client id: in `aud`, and `azp` if that is there.
    pub audience: String,
}

/// What a verified ID token says of its user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdToken {
    /// The user's id at the provider.
    pub subject: String,
    /// Address.
    pub email: Option<String>,
    /// What the provider says of the address; `None` when it says nothing.
    pub email_verified: Option<bool>,
}

impl IdToken {
    /// Whether the token stands for this user: its subject is the id (exactly, or as the same UUID), its address the
    /// address (in any case), and the provider does not say that the address was never verified.
    #[must_use]
    pub fn vouches_for(&self, user_id: &str, email: &str) -> bool {
        let same_uuid = || {
            let [subject, user_id] = [&*self.subject, user_id].map(Uuid::try_parse);
            matches!((subject, user_id), (Ok(subject), Ok(user_id)) if subject == user_id)
        };
        let same_user = self.subject == user_id || same_uuid();
        let same_address = self
            .email
            .as_deref()
            .is_some_and(|own| own.eq_ignore_ascii_case(email));
        same_user && same_address && self.email_verified != Some(false)
    }
}

/// Why an ID token was refused. Never carries the token.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdTokenError {
    /// As with a token of ours.
    #[error("id {0}")]
    Token(#[from] VerifyError),
    /// Of another provider.
    #[error("id token is of another issuer")]
    Issuer,
    /// For another app.
    #[error("id token is for another client")]
    Audience,
}

#[derive(Deserialize)]
struct IdTokenClaims {
    iss: String,
    sub: String,
    aud: OneOrMany,
    azp: Option<String>,
    exp: NumericDate,
    iat: NumericDate,
    nbf: Option<NumericDate>,
    email: Option<String>,
    email_verified: Option<Flag>,
}

/// Some providers write the flag as text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Flag {
    Flag(bool),
    Text(String),
}

impl Flag {
    fn is_true(&self) -> bool {
        match self {
            Self::Flag(flag) => *flag,
            Self::Text(text) => text == "true",
        }
    }
}

/// Checks an ID token against the provider's public keys ([`KeyRing::from_jwks`]) at `now`, with 30 s leeway.
///
/// # Errors
/// [`IdTokenError`] says what was wrong first.
pub fn verify_id_token(
    token: &str,
    keys: &KeyRing,
    rules: &IdTokenRules,
    now: UnixMillis,
) -> Result<IdToken, IdTokenError> {
    let read: IdTokenClaims = payload::parse(&open(keys, token, MAX_ID_TOKEN_BYTES)?)?;
    if read.iss != rules.issuer {
        return Err(IdTokenError::Issuer);
    }
    // A token for several apps must say which of them asked for it.
    let asked = read
        .azp
        .as_ref()
        .map_or(read.aud.count() == 1, |party| *party == rules.audience);
    if !asked || !read.aud.contains(&rules.audience) {
        return Err(IdTokenError::Audience);
    }
    let tolerance = Tolerance {
        leeway: LEEWAY_MILLIS,
        grace: 0,
    };
    payload::check_time(now, read.iat, read.nbf, read.exp, tolerance)?;
    Ok(IdToken {
        subject: read.sub,
        email: read.email,
        email_verified: read.email_verified.map(|flag| flag.is_true()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{
        Key,
        service::sign,
        testing::{RS256_EXAMPLE, ec_private, rsa_jwks},
    };

    const NOW: UnixMillis = UnixMillis(1_730_892_345_000);
    const USER: &str = "e0e1c6af-0000-4000-8000-00000000000f";

    fn rules() -> IdTokenRules {
        IdTokenRules {
            issuer: "https://id.example.com".into(),
            audience: "app".into(),
        }
    }

    fn claims(aud: &str, more: &str) -> String {
        format!(
            r#"{{"iss":"https://id.example.com","sub":"{USER}","aud":{aud},"iat":1730892300,"exp":1730895900{more}}}"#
        )
    }

    fn verify(claims: &str) -> Result<IdToken, IdTokenError> {
        let key = Key::from_pem("provider", ec_private().as_bytes()).unwrap();
        let token = sign(&key, claims.as_bytes()).unwrap();
        let jwks = serde_json::to_vec(&KeyRing::new([key]).unwrap().jwks()).unwrap();
        verify_id_token(
            token.as_str(),
            &KeyRing::from_jwks(&jwks).unwrap(),
            &rules(),
            NOW,
        )
    }

    #[test]
    fn a_good_one_names_its_user() {
        let token = verify(&claims(
            r#""app""#,
            r#","email":"User@Example.com","email_verified":true"#,
        ))
        .unwrap();
        for user in [USER, &USER.to_uppercase()] {
            assert!(token.vouches_for(user, "user@example.com"));
            assert!(!token.vouches_for(user, "other@example.com"));
        }
        let other = Uuid::nil().to_string();
        assert!(!token.vouches_for(&other, "user@example.com"));
    }

    #[test]
    fn subjects_of_apple_google_kakao_and_auth0_stand_for_themselves() {
        for subject in [
            "001234.0123456789abcdef0123456789abcdef.1234",
            "110169484474386276334",
            "1234567890",
            "auth0|5f7c8ec7c33c6c004bbafe82",
        ] {
            let claims = claims(r#""app""#, r#","email":"a@b""#).replace(USER, subject);
            let token = verify(&claims).unwrap();
            assert!(token.vouches_for(subject, "a@b"), "{subject}");
            let other = format!("{subject}1");
            assert!(!token.vouches_for(&other, "a@b"));
            assert!(
                !token.vouches_for(&subject.to_uppercase(), "a@b")
                    || subject == subject.to_uppercase()
            );
        }
    }

    #[test]
    fn an_unverified_or_missing_address_vouches_for_nobody() {
        for (more, vouches) in [
            (r#","email":"a@b""#, true),
            (r#","email":"a@b","email_verified":"true""#, true),
            (r#","email":"a@b","email_verified":false"#, false),
            (r#","email":"a@b","email_verified":"false""#, false),
            ("", false),
        ] {
            assert_eq!(
                verify(&claims(r#""app""#, more))
                    .unwrap()
                    .vouches_for(USER, "a@b"),
                vouches,
                "{more}"
            );
        }
    }

    #[test]
    fn issuer_and_client_must_be_ours() {
        let other = claims(r#""app""#, "").replace("id.example.com", "id.example.com.evil");
        assert_eq!(verify(&other), Err(IdTokenError::Issuer));
        for (aud, more) in [
            (r#""other""#, ""),
            (r#"["app","other"]"#, ""),
            (r#"["app","other"]"#, r#","azp":"other""#),
            (r#""app""#, r#","azp":"other""#),
            (r#""other""#, r#","azp":"app""#),
            ("[]", ""),
        ] {
            assert_eq!(
                verify(&claims(aud, more)),
                Err(IdTokenError::Audience),
                "{aud}{more}"
            );
        }
        assert!(verify(&claims(r#"["app","other"]"#, r#","azp":"app""#)).is_ok());
        assert!(verify(&claims(r#"["app"]"#, "")).is_ok());
    }

    #[test]
    fn time_counts_as_with_our_own() {
        let expired = claims(r#""app""#, "").replace("1730895900", "1730892315");
        assert_eq!(verify(&expired), Err(VerifyError::Expired.into()));
        assert!(verify(&expired.replace("1730892315", "1730892316")).is_ok());
        let early = claims(r#""app""#, "").replace("1730892300", "1730892376");
        assert_eq!(verify(&early), Err(VerifyError::NotYetValid.into()));
    }

    #[test]
    fn a_key_of_somebody_else_is_refused() {
        let ours = Key::from_pem("provider", ec_private().as_bytes()).unwrap();
        let token = sign(&ours, claims(r#""app""#, "").as_bytes()).unwrap();
        let refused = verify_id_token(
            token.as_str(),
            &KeyRing::from_jwks(rsa_jwks().as_bytes()).unwrap(),
            &rules(),
            NOW,
        );
        assert!(matches!(
            refused,
            Err(IdTokenError::Token(VerifyError::UnknownKey))
        ));
    }

    #[test]
    fn an_rs256_signature_of_the_standard_is_right() {
        let keys = KeyRing::from_jwks(rsa_jwks().as_bytes()).unwrap();
        let payload = open(&keys, RS256_EXAMPLE, MAX_ID_TOKEN_BYTES).unwrap();
        assert!(payload.starts_with(br#"{"iss":"joe""#));
    }
}
