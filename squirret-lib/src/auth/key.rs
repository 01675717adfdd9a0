//! Keys: secrets and key pairs, each bound to its algorithm.

use super::{
    Jwk,
    crypto::{RingSigner, RingVerifier},
};
use jsonwebtoken::{
    EncodingKey,
    crypto::{JwtSigner, JwtVerifier},
    signature::{Signer, Verifier},
};
use rustls_pki_types::pem::{PemObject, SectionKind};
use std::fmt;

/// The shortest secret for HS256, bytes: the size of its hash (RFC 7518, section 3.2).
const MIN_SECRET_BYTES: usize = 32;

/// The longest key id, bytes.
const MAX_KID_BYTES: usize = 64;

/// How a token is signed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-256: one secret signs and verifies.
    Hs256,
    /// Ed25519 (RFC 8037).
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSA PKCS #1 v1.5 with SHA-256; for ID tokens of others, verification only.
    Rs256,
}

impl Algorithm {
    /// The header's `alg`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// Exactly the names of RFC 7518, and RFC 9864's for `EdDSA` with Ed25519; `none` is not among them.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == "Ed25519" {
            return Some(Self::EdDsa);
        }
        [Self::Hs256, Self::EdDsa, Self::Es256, Self::Rs256]
            .into_iter()
            .find(|algorithm| algorithm.as_str() == text)
    }

    /// The algorithms of the engine that are used here.
    const fn from_engine(algorithm: jsonwebtoken::Algorithm) -> Option<Self> {
        match algorithm {
            jsonwebtoken::Algorithm::HS256 => Some(Self::Hs256),
            jsonwebtoken::Algorithm::EdDSA => Some(Self::EdDsa),
            jsonwebtoken::Algorithm::ES256 => Some(Self::Es256),
            jsonwebtoken::Algorithm::RS256 => Some(Self::Rs256),
            _ => None,
        }
    }
}

/// One key with its id. It knows its own algorithm, so that no header can choose another for it.
#[derive(Clone)]
pub struct Key {
    kid: String,
    algorithm: Algorithm,
    signer: Option<RingSigner>,
    verifier: RingVerifier,
}

impl Key {
    /// A shared secret of at least 32 bytes for HS256.
    ///
    /// # Errors
    /// [`KeyError::TooShort`], [`KeyError::Kid`].
    pub fn hs256(kid: &str, secret: &[u8]) -> Result<Self, KeyError> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(KeyError::TooShort {
                kid: kid.into(),
                size: secret.len(),
                min: MIN_SECRET_BYTES,
            });
        }
        let kid = checked_kid(kid)?;
        let signer = RingSigner::new(
            jsonwebtoken::Algorithm::HS256,
            &EncodingKey::from_secret(secret),
        );
        signer
            .and_then(|signer| Ok((signer.verifier()?, signer)))
            .ok()
            .and_then(|(verifier, signer)| Self::new(kid.clone(), Some(signer), verifier))
            .ok_or(KeyError::Jwk { kid })
    }

    /// Parses a key pair or a public key in PEM, for EdDSA (Ed25519) or ES256 (P-256). `PRIVATE KEY` (PKCS #8, as
    /// `openssl genpkey -algorithm ed25519` writes it) signs and verifies, `PUBLIC KEY` (SPKI) verifies only. A private
    /// P-256 key must contain its public key, as every common tool writes it.
    ///
    /// # Errors
    /// [`KeyError::Pem`], [`KeyError::Kid`].
    pub fn from_pem(kid: &str, pem: &[u8]) -> Result<Self, KeyError> {
        let kid = checked_kid(kid)?;
        read_pem(pem)
            .and_then(|(signer, verifier)| Self::new(kid.clone(), signer, verifier))
            .ok_or(KeyError::Pem { kid })
    }

    /// Uses the public key of a JWK: Ed25519, P-256, or RSA of 2048 to 4096 bits. `kid` is used when the JWK has none.
    ///
    /// # Errors
    /// [`KeyError::Jwk`], [`KeyError::Kid`].
    pub fn from_jwk(jwk: &Jwk, kid: &str) -> Result<Self, KeyError> {
        let kid = jwk.kid().unwrap_or(kid);
        let refused = || KeyError::Jwk { kid: kid.into() };
        let (_, verifier) = jwk.public_key().map_err(|_| refused())?;
        Self::new(checked_kid(kid)?, None, verifier).ok_or_else(refused)
    }

    /// `None` for an algorithm that tokens here never have.
    fn new(kid: String, signer: Option<RingSigner>, verifier: RingVerifier) -> Option<Self> {
        let algorithm = Algorithm::from_engine(verifier.algorithm())?;
        let is_pair = |signer: &RingSigner| signer.algorithm() == verifier.algorithm();
        signer.as_ref().is_none_or(is_pair).then_some(Self {
            kid,
            algorithm,
            signer,
            verifier,
        })
    }

    /// Returns the public key; `None` for a shared secret.
    #[must_use]
    pub fn public_jwk(&self) -> Option<Jwk> {
        Jwk::new(&self.kid, self.algorithm, &self.verifier)
    }

    /// The id that headers name it by.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The only algorithm it is used with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether it can sign (a public key cannot).
    #[must_use]
    pub const fn can_sign(&self) -> bool {
        self.signer.is_some()
    }

    /// Returns the base64url signature of `message`, or `None` when this is a public key or signing fails.
    pub(super) fn sign(&self, message: &[u8]) -> Option<String> {
        let signature = self.signer.as_ref()?.try_sign(message).ok()?;
        Some(base64_simd::URL_SAFE_NO_PAD.encode_to_string(signature))
    }

    /// Whether `signature` (base64url) is this key's signature of `message`. In constant time for a shared secret.
    pub(super) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        base64_simd::URL_SAFE_NO_PAD
            .decode_to_vec(signature)
            .is_ok_and(|signature| self.verifier.verify(message, &signature).is_ok())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// Parses the first key of a PEM.
fn read_pem(pem: &[u8]) -> Option<(Option<RingSigner>, RingVerifier)> {
    let (kind, der) = <(SectionKind, Vec<u8>)>::from_pem_slice(pem).ok()?;
    match kind {
        SectionKind::PrivateKey => {
            let ed = || {
                (
                    jsonwebtoken::Algorithm::EdDSA,
                    EncodingKey::from_ed_der(&der),
                )
            };
            let ec = || {
                (
                    jsonwebtoken::Algorithm::ES256,
                    EncodingKey::from_ec_der(&der),
                )
            };
            let signer = [ed(), ec()]
                .iter()
                .find_map(|(algorithm, key)| RingSigner::new(*algorithm, key).ok())?;
            Some((Some(signer.clone()), signer.verifier().ok()?))
        }
        SectionKind::PublicKey => Some((None, RingVerifier::from_spki(&der).ok()?)),
        _ => None,
    }
}

/// Visible ASCII without `"` and `\`, so that a kid stands in a header, a log line and a file as it is.
fn checked_kid(kid: &str) -> Result<String, KeyError> {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    if kid.is_empty() || kid.len() > MAX_KID_BYTES || !kid.bytes().all(plain) {
        return Err(KeyError::Kid { max: MAX_KID_BYTES });
    }
    Ok(kid.into())
}

/// Why a key was refused. Never carries the key.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// A secret that can be guessed.
    #[error("secret {kid} must have at least {min} bytes, has {size}")]
    TooShort {
        /// Which.
        kid: String,
        /// Bytes.
        size: usize,
        /// Bytes.
        min: usize,
    },
    /// No key at all.
    #[error("at least one key is required")]
    Empty,
    /// An id that headers could not carry.
    #[error("key id must have 1 to {max} visible ASCII characters without quote and backslash")]
    Kid {
        /// Bytes.
        max: usize,
    },
    /// Not a PEM that can be used.
    #[error(
        "key {kid} must be a PEM of an Ed25519 or P-256 key, private (PKCS #8 with its public key, `PRIVATE KEY`) or public (`PUBLIC KEY`)"
    )]
    Pem {
        /// Which.
        kid: String,
    },
    /// Not a JWK that can be used.
    #[error(
        "key {kid} must be a JWK of an Ed25519, P-256 or RSA (2048 to 4096 bits) public key for signatures"
    )]
    Jwk {
        /// Which.
        kid: String,
    },
    /// Not a JWKS document.
    #[error("not a JWKS document")]
    Jwks,
    /// Two keys of one id that a ring cannot hold together.
    #[error("key id {kid} is used twice")]
    DuplicateKid {
        /// Which.
        kid: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::testing::{
        EC_D, der, ec_private, ec_public, ed_private, ed_public, off_the_curve, pem,
    };

    #[test]
    fn secrets_have_at_least_32_bytes() {
        assert!(Key::hs256("a", &[7; 32]).is_ok());
        let short = Key::hs256("a", &[7; 31]).err();
        assert_eq!(
            short,
            Some(KeyError::TooShort {
                kid: "a".into(),
                size: 31,
                min: 32
            })
        );
    }

    #[test]
    fn key_ids_are_plain_and_bounded() {
        assert!(Key::hs256(&"k".repeat(64), &[7; 32]).is_ok());
        for kid in [
            "",
            "with space",
            "quo\"te",
            "back\\slash",
            "ünïcode",
            "line\n",
            &"k".repeat(65),
        ] {
            assert_eq!(
                Key::hs256(kid, &[7; 32]).err(),
                Some(KeyError::Kid { max: 64 }),
                "{kid:?}"
            );
        }
    }

    #[test]
    fn debug_hides_the_secret() {
        let shown = format!("{:?}", Key::hs256("a", &[b'S'; 32]).unwrap());
        assert_eq!(shown, r#"Key { kid: "a", algorithm: Hs256, .. }"#);
    }

    #[test]
    fn a_private_pem_signs_and_a_public_one_only_verifies() {
        for (private, public, algorithm) in [
            (ed_private(), ed_public(), Algorithm::EdDsa),
            (ec_private(), ec_public(), Algorithm::Es256),
        ] {
            let private = Key::from_pem("p", private.as_bytes()).unwrap();
            let public = Key::from_pem("p", public.as_bytes()).unwrap();
            assert_eq!(
                (private.algorithm(), public.algorithm()),
                (algorithm, algorithm)
            );
            assert!(private.can_sign() && !public.can_sign());
            let signature = private.sign(b"message").unwrap();
            assert!(public.verifies(b"message", &signature));
            assert!(!public.verifies(b"massage", &signature));
            assert_eq!(public.sign(b"message"), None);
        }
    }

    #[test]
    fn what_is_no_usable_pem_is_refused() {
        let ed = ed_public();
        let without_public =
            "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420";
        for text in [
            "",
            "hello",
            &pem("PRIVATE KEY", &der(without_public, &[EC_D])),
            &off_the_curve(),
            &ed.replace("PUBLIC", "PRIVATE"),
            &ed[..40],
            &pem("EC PRIVATE KEY", &[0x30, 0]),
            &pem("PUBLIC KEY", &[0x30, 0]),
        ] {
            assert_eq!(
                Key::from_pem("p", text.as_bytes()).err(),
                Some(KeyError::Pem { kid: "p".into() }),
                "{text}"
            );
        }
    }
}
