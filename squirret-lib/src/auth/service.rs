//! Issuing and checking tokens.

use super::{
    Audience, Claims, Grant, Key, KeyError, KeyRing, TextSigner, Token,
    compact::{Compact, MAX_TOKEN_BYTES, TokenHeader},
    payload::{self, Tolerance, Written},
};
use crate::UnixMillis;
use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

/// How long a token lives, seconds (seed, section 8.2: 15 minutes, refreshed after 13).
const LIFE_SECONDS: i64 = 15 * 60;

/// How long before `nbf` and after `exp` a token is accepted, milliseconds: two machines' clocks may differ by this.
pub const LEEWAY_MILLIS: i64 = 30_000;

/// Issues and verifies tokens, and signs other texts with the same keys.
pub trait TokenService: TextSigner {
    /// Signs a token that is valid from `now` for the service's life time (15 minutes).
    ///
    /// # Errors
    /// [`IssueError`] without a key that can sign.
    fn issue(&self, grant: &Grant, now: UnixMillis) -> Result<Token, IssueError>;

    /// Checks size, form, algorithm, signature, audience, `iat`, `nbf` and `exp` (30 s leeway), in this order.
    ///
    /// # Errors
    /// [`VerifyError`] says what was wrong first.
    fn verify(
        &self,
        token: &str,
        audience: Audience,
        now: UnixMillis,
    ) -> Result<Claims, VerifyError> {
        self.verify_expired(token, audience, now, 0)
    }

    /// The same, but accepts a token that expired at most `grace_seconds` ago (for refresh).
    ///
    /// # Errors
    /// [`VerifyError`] says what was wrong first.
    fn verify_expired(
        &self,
        token: &str,
        audience: Audience,
        now: UnixMillis,
        grace_seconds: u32,
    ) -> Result<Claims, VerifyError>;
}

/// Why a token could not be issued.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssueError {
    /// The ring holds public keys only.
    #[error("no key to sign with")]
    NoSigningKey,
    /// Signing failed.
    #[error("token could not be signed")]
    Signing,
}

/// Why a token was refused. Never carries the token.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// No token.
    #[error("token is missing")]
    Missing,
    /// Longer than any token of ours; not looked at.
    #[error("token has {size} bytes, at most {max} are accepted")]
    TooLarge {
        /// Bytes.
        size: usize,
        /// Bytes.
        max: usize,
    },
    /// Not a JWT with the claims we need.
    #[error("token is malformed")]
    Malformed,
    /// `none`, an unknown algorithm, or not the key's own.
    #[error("token algorithm is not accepted")]
    Algorithm,
    /// No key of that id.
    #[error("token key is not known")]
    UnknownKey,
    /// Wrong or empty signature.
    #[error("token signature is wrong")]
    Signature,
    /// Its time is over.
    #[error("token has expired")]
    Expired,
    /// Its time has not come.
    #[error("token is not valid yet")]
    NotYetValid,
    /// For another plane.
    #[error("token audience must be {expected}")]
    Audience {
        /// Which.
        expected: &'static str,
    },
}

/// Tokens over a ring of keys that can be swapped while it runs.
#[derive(Debug)]
pub struct JwtService {
    ring: RwLock<Arc<KeyRing>>,
    issued: AtomicU64,
}

impl JwtService {
    /// Over these keys.
    #[must_use]
    pub fn new(ring: KeyRing) -> Self {
        Self {
            ring: RwLock::new(Arc::new(ring)),
            issued: AtomicU64::new(0),
        }
    }

    /// The keys in use.
    #[must_use]
    pub fn ring(&self) -> Arc<KeyRing> {
        // A ring is replaced whole: a thread that panicked while holding the lock left a sound one behind.
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Uses other keys from now on. Tokens signed by keys that are no longer there are refused from now on, so keep
    /// the old key behind the new one for as long as a token lives.
    pub fn rotate(&self, ring: KeyRing) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
    }

    /// Unique together with the subject: when, and how many were issued before.
    fn token_id(&self, now: UnixMillis) -> String {
        format!(
            "{:x}-{:x}",
            now.0,
            self.issued.fetch_add(1, Ordering::Relaxed)
        )
    }
}

impl TokenService for JwtService {
    fn issue(&self, grant: &Grant, now: UnixMillis) -> Result<Token, IssueError> {
        let ring = self.ring();
        let key = ring.signer().ok_or(IssueError::NoSigningKey)?;
        let issued = now.as_seconds();
        let claims = Written {
            sub: &grant.subject,
            aud: grant.audience.as_str(),
            role: grant.role,
            uid: grant.user.as_deref(),
            iat: issued,
            nbf: issued,
            exp: issued.saturating_add(LIFE_SECONDS),
            jti: &self.token_id(now),
        };
        sign(
            key,
            &serde_json::to_vec(&claims).map_err(|_| IssueError::Signing)?,
        )
    }

    fn verify_expired(
        &self,
        token: &str,
        audience: Audience,
        now: UnixMillis,
        grace_seconds: u32,
    ) -> Result<Claims, VerifyError> {
        let payload = open(&self.ring(), token, MAX_TOKEN_BYTES)?;
        let tolerance = Tolerance {
            leeway: LEEWAY_MILLIS,
            grace: i64::from(grace_seconds) * 1000,
        };
        payload::read(&payload, audience, now, tolerance)
    }
}

/// The payload of a token that one of the keys signed.
pub(super) fn open(ring: &KeyRing, token: &str, max_bytes: usize) -> Result<Vec<u8>, VerifyError> {
    let compact = Compact::parse(token, max_bytes)?;
    let verifies = |key: &Key| key.verifies(compact.signing_input, compact.signature);
    if candidates(ring, &compact.header)?.any(verifies) {
        compact.payload()
    } else {
        Err(VerifyError::Signature)
    }
}

/// The keys that may have signed: the one that the header names, else all of its algorithm. A key whose algorithm is
/// another is never tried.
fn candidates<'a>(
    ring: &'a KeyRing,
    header: &'a TokenHeader,
) -> Result<impl Iterator<Item = &'a Key>, VerifyError> {
    let algorithm = header.algorithm;
    let kid = header.kid.as_deref();
    if kid.is_some_and(|kid| ring.get(kid).is_none()) {
        return Err(VerifyError::UnknownKey);
    }
    let of_algorithm =
        move |key: &&Key| key.algorithm() == algorithm && kid.is_none_or(|kid| key.kid() == kid);
    if !ring.keys().iter().any(|key| of_algorithm(&key)) {
        return Err(VerifyError::Algorithm);
    }
    Ok(ring.keys().iter().filter(of_algorithm))
}

/// The compact serialisation of `claims` (JSON), signed.
pub(super) fn sign(key: &Key, claims: &[u8]) -> Result<Token, IssueError> {
    let header = format!(
        r#"{{"typ":"JWT","alg":"{}","kid":"{}"}}"#,
        key.algorithm().as_str(),
        key.kid()
    );
    let mut text = String::with_capacity(512);
    base64_simd::URL_SAFE_NO_PAD.encode_append(header, &mut text);
    text.push('.');
    base64_simd::URL_SAFE_NO_PAD.encode_append(claims, &mut text);
    let signature = key.sign(text.as_bytes()).ok_or(IssueError::Signing)?;
    text.push('.');
    text.push_str(&signature);
    Ok(Token::new(text))
}

/// HS256 keys only: the first signs, all verify.
#[derive(Debug)]
pub struct Hs256(JwtService);

impl Hs256 {
    /// Keys as (kid, secret); secrets have at least 32 bytes.
    ///
    /// # Errors
    /// [`KeyError`] for a short secret, a bad or repeated id, or no key at all.
    pub fn new(keys: &[(&str, &[u8])]) -> Result<Self, KeyError> {
        let keys: Result<Vec<Key>, KeyError> = keys
            .iter()
            .map(|(kid, secret)| Key::hs256(kid, secret))
            .collect();
        Ok(Self(JwtService::new(KeyRing::new(keys?)?)))
    }
}

impl TokenService for Hs256 {
    fn issue(&self, grant: &Grant, now: UnixMillis) -> Result<Token, IssueError> {
        self.0.issue(grant, now)
    }

    fn verify_expired(
        &self,
        token: &str,
        audience: Audience,
        now: UnixMillis,
        grace_seconds: u32,
    ) -> Result<Claims, VerifyError> {
        self.0.verify_expired(token, audience, now, grace_seconds)
    }
}

impl TextSigner for Hs256 {
    fn sign_text(&self, text: &str) -> Result<String, IssueError> {
        self.0.sign_text(text)
    }

    fn is_signed(&self, text: &str, signature: &str) -> bool {
        self.0.is_signed(text, signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Role;

    const NOW: UnixMillis = UnixMillis(1_730_892_345_678);

    fn key(kid: &str, byte: u8) -> Key {
        Key::hs256(kid, &[byte; 32]).unwrap()
    }

    fn service(keys: impl IntoIterator<Item = Key>) -> JwtService {
        JwtService::new(KeyRing::new(keys).unwrap())
    }

    fn grant() -> Grant {
        Grant {
            subject: "e0e1c6af".into(),
            audience: Audience::InferenceWs,
            role: Role::User,
            user: Some("user123".into()),
        }
    }

    fn verify(service: &JwtService, token: &str) -> Result<Claims, VerifyError> {
        service.verify(token, Audience::InferenceWs, NOW)
    }

    /// Signs any header and payload, as an attacker with (or without) the secret would.
    fn forge(header: &str, claims: &str, byte: u8) -> String {
        let part = |text: &str| base64_simd::URL_SAFE_NO_PAD.encode_to_string(text);
        let message = format!("{}.{}", part(header), part(claims));
        let signature = key("x", byte).sign(message.as_bytes()).unwrap();
        format!("{message}.{signature}")
    }

    const CLAIMS: &str = r#"{"sub":"s","aud":"inference-ws","iat":1730892345,"exp":1730893245}"#;

    #[test]
    fn what_is_issued_is_verified() {
        let service = service([key("a", 1)]);
        let token = service.issue(&grant(), NOW).unwrap();
        let claims = verify(&service, token.as_str()).unwrap();
        assert_eq!(
            (claims.subject.as_str(), claims.role),
            ("e0e1c6af", Role::User)
        );
        assert_eq!(claims.user.as_deref(), Some("user123"));
        assert_eq!(claims.issued_at, UnixMillis(1_730_892_345_000));
        assert_eq!(claims.expires_at.since(claims.issued_at), 15 * 60 * 1000);
    }

    #[test]
    fn the_token_reads_as_other_libraries_expect() {
        let token = service([key("a", 1)]).issue(&grant(), NOW).unwrap();
        let decoded: Vec<String> = token
            .as_str()
            .split('.')
            .take(2)
            .map(|part| {
                String::from_utf8(base64_simd::URL_SAFE_NO_PAD.decode_to_vec(part).unwrap())
                    .unwrap()
            })
            .collect();
        insta::assert_snapshot!(decoded.join("\n"), @r#"
        {"typ":"JWT","alg":"HS256","kid":"a"}
        {"sub":"e0e1c6af","aud":"inference-ws","role":"user","uid":"user123","iat":1730892345,"nbf":1730892345,"exp":1730893245,"jti":"1930139314e-0"}
        "#);
    }

    #[test]
    fn two_tokens_of_one_moment_differ() {
        let service = service([key("a", 1)]);
        assert_ne!(
            service.issue(&grant(), NOW).unwrap(),
            service.issue(&grant(), NOW).unwrap()
        );
    }

    #[test]
    fn a_token_is_for_one_plane() {
        let service = service([key("a", 1)]);
        let token = service.issue(&grant(), NOW).unwrap();
        let refused = service.verify(token.as_str(), Audience::StompWs, NOW);
        assert_eq!(
            refused,
            Err(VerifyError::Audience {
                expected: "stomp-ws"
            })
        );
    }

    #[test]
    fn a_token_dies_after_15_minutes_leeway_and_grace() {
        let service = service([key("a", 1)]);
        let token = service.issue(&grant(), UnixMillis(0)).unwrap();
        let end = UnixMillis(15 * 60 * 1000 + 30_000);
        let at = |now, grace| {
            service
                .verify_expired(token.as_str(), Audience::InferenceWs, now, grace)
                .map(|_| ())
        };
        assert_eq!(at(end.plus(-1), 0), Ok(()));
        assert_eq!(at(end, 0), Err(VerifyError::Expired));
        assert_eq!(at(end.plus(299_999), 300), Ok(()));
        assert_eq!(at(end.plus(300_000), 300), Err(VerifyError::Expired));
    }

    #[test]
    fn a_clock_that_runs_backwards_by_the_leeway_is_forgiven() {
        let service = service([key("a", 1)]);
        let token = service.issue(&grant(), UnixMillis(100_000)).unwrap();
        let at = |now| {
            service
                .verify(token.as_str(), Audience::InferenceWs, UnixMillis(now))
                .map(|_| ())
        };
        assert_eq!(at(70_000), Ok(()));
        assert_eq!(at(69_999), Err(VerifyError::NotYetValid));
    }

    #[test]
    fn rotation_signs_with_the_first_and_accepts_all() {
        let service = service([key("old", 1)]);
        let old = service.issue(&grant(), NOW).unwrap();
        service.rotate(KeyRing::new([key("new", 2), key("old", 1)]).unwrap());
        let new = service.issue(&grant(), NOW).unwrap();
        assert!(verify(&service, old.as_str()).is_ok());
        assert!(verify(&service, new.as_str()).is_ok());
        service.rotate(KeyRing::new([key("new", 2)]).unwrap());
        assert_eq!(verify(&service, old.as_str()), Err(VerifyError::UnknownKey));
        assert!(verify(&service, new.as_str()).is_ok());
    }

    #[test]
    fn a_token_without_key_id_is_tried_against_all() {
        let service = service([key("a", 1), key("b", 2)]);
        assert!(verify(&service, &forge(r#"{"alg":"HS256"}"#, CLAIMS, 2)).is_ok());
        assert_eq!(
            verify(&service, &forge(r#"{"alg":"HS256"}"#, CLAIMS, 3)),
            Err(VerifyError::Signature)
        );
    }

    #[test]
    fn a_named_key_is_the_only_one_tried() {
        let service = service([key("a", 1), key("b", 2)]);
        assert!(verify(&service, &forge(r#"{"alg":"HS256","kid":"b"}"#, CLAIMS, 2)).is_ok());
        assert_eq!(
            verify(&service, &forge(r#"{"alg":"HS256","kid":"a"}"#, CLAIMS, 2)),
            Err(VerifyError::Signature)
        );
        assert_eq!(
            verify(&service, &forge(r#"{"alg":"HS256","kid":"c"}"#, CLAIMS, 2)),
            Err(VerifyError::UnknownKey)
        );
    }

    #[test]
    fn none_is_refused_with_and_without_a_signature() {
        let service = service([key("a", 1)]);
        let signed = forge(r#"{"alg":"none"}"#, CLAIMS, 1);
        assert_eq!(verify(&service, &signed), Err(VerifyError::Algorithm));
        let (unsigned, _) = signed.rsplit_once('.').unwrap();
        assert_eq!(
            verify(&service, &format!("{unsigned}.")),
            Err(VerifyError::Algorithm)
        );
        assert_eq!(verify(&service, unsigned), Err(VerifyError::Malformed));
    }

    #[test]
    fn an_empty_or_cut_signature_is_refused() {
        let service = service([key("a", 1)]);
        let token = service.issue(&grant(), NOW).unwrap();
        let (message, signature) = token.as_str().rsplit_once('.').unwrap();
        assert_eq!(
            verify(&service, &format!("{message}.")),
            Err(VerifyError::Signature)
        );
        for length in 1..signature.len() {
            let cut = verify(&service, &format!("{message}.{}", &signature[..length]));
            assert!(
                matches!(cut, Err(VerifyError::Signature | VerifyError::Malformed)),
                "{length}: {cut:?}"
            );
        }
        assert_eq!(verify(&service, ""), Err(VerifyError::Missing));
    }

    #[test]
    fn every_changed_byte_is_refused() {
        let service = service([key("a", 1)]);
        let token = service.issue(&grant(), NOW).unwrap();
        for index in 0..token.as_str().len() {
            let mut bytes = token.as_str().as_bytes().to_vec();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            assert!(
                verify(&service, std::str::from_utf8(&bytes).unwrap()).is_err(),
                "{index}"
            );
        }
    }

    #[test]
    fn refusals_never_carry_the_token() {
        let service = service([key("a", 1)]);
        let token = service.issue(&grant(), NOW).unwrap();
        let error = service
            .verify(token.as_str(), Audience::StompWs, NOW)
            .unwrap_err();
        assert!(!format!("{error:?} {error}").contains(&token.as_str()[..8]));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,200}") {
            let service = service([key("a", 1)]);
            proptest::prop_assert!(verify(&service, &text).is_err());
        }
    }
}
