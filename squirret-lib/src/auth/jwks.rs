//! Public keys as JSON: RFC 7517, RFC 7518 (section 6), RFC 8037.

use super::{Algorithm, crypto::RingVerifier};
use jsonwebtoken::DecodingKey;
use serde::{Deserialize, Serialize};

/// A set of public keys, e.g. `/.well-known/jwks.json`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Jwks {
    keys: Vec<Jwk>,
}

impl Jwks {
    pub(super) const fn new(keys: Vec<Jwk>) -> Self {
        Self { keys }
    }

    /// All of them, also those of kinds that are not known here.
    #[must_use]
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }
}

/// One public key. It has no place for a private half or a secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
#[derive(Default)]
pub struct Jwk {
    kty: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_ops: Option<Vec<String>>,
}

impl Jwk {
    /// Returns the JWK of a key pair; `None` for a shared secret, and for RSA, whose keys are always foreign.
    pub(super) fn new(kid: &str, algorithm: Algorithm, key: &RingVerifier) -> Option<Self> {
        let named = Self {
            kid: Some(kid.into()),
            alg: Some(algorithm.as_str().into()),
            purpose: Some("sig".into()),
            ..Self::default()
        };
        let encode = |bytes: &[u8]| Some(base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes));
        match key {
            RingVerifier::Ed25519(x) => Some(Self {
                kty: "OKP".into(),
                crv: Some("Ed25519".into()),
                x: encode(x),
                ..named
            }),
            RingVerifier::P256([_, point @ ..]) => {
                let (x, y) = point.split_at_checked(32)?;
                Some(Self {
                    kty: "EC".into(),
                    crv: Some("P-256".into()),
                    x: encode(x),
                    y: encode(y),
                    ..named
                })
            }
            RingVerifier::Hmac(_) | RingVerifier::Rsa { .. } => None,
        }
    }

    /// Its id, if it has one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The key and the only algorithm it is for.
    pub(super) fn public_key(&self) -> Result<(Algorithm, RingVerifier), SkipReason> {
        if self
            .purpose
            .as_deref()
            .is_some_and(|purpose| purpose != "sig")
        {
            return Err(SkipReason::Purpose);
        }
        let verifies = |operations: &Vec<String>| operations.iter().any(|known| known == "verify");
        if !self.key_ops.as_ref().is_none_or(verifies) {
            return Err(SkipReason::Operations);
        }
        let algorithm = match (self.kty.as_str(), self.crv.as_deref()) {
            ("OKP", Some("Ed25519")) => Algorithm::EdDsa,
            ("EC", Some("P-256")) => Algorithm::Es256,
            ("RSA", _) => Algorithm::Rs256,
            _ => return Err(SkipReason::Kind),
        };
        let named = self.alg.as_deref().map(Algorithm::parse);
        if named.is_some_and(|named| named != Some(algorithm)) {
            return Err(SkipReason::Algorithm);
        }
        let key = self.material(algorithm).ok_or(SkipReason::Material)?;
        Ok((algorithm, key))
    }

    fn material(&self, algorithm: Algorithm) -> Option<RingVerifier> {
        let text = |part: &Option<String>| part.clone().filter(|text| text.len() < 2048);
        let (algorithm, key) = match algorithm {
            Algorithm::EdDsa => (
                jsonwebtoken::Algorithm::EdDSA,
                DecodingKey::from_ed_components(&text(&self.x)?),
            ),
            Algorithm::Es256 => (
                jsonwebtoken::Algorithm::ES256,
                DecodingKey::from_ec_components(&text(&self.x)?, &text(&self.y)?),
            ),
            Algorithm::Rs256 => (
                jsonwebtoken::Algorithm::RS256,
                DecodingKey::from_rsa_components(&text(&self.n)?, &text(&self.e)?),
            ),
            Algorithm::Hs256 => return None,
        };
        RingVerifier::new(algorithm, &key.ok()?).ok()
    }
}

/// Why a key of a JWKS document is not used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SkipReason {
    /// A member has the wrong type, `"kty": null` for one.
    #[error("not a JWK")]
    Malformed,
    /// Another `kty` or `crv`.
    #[error("kty and crv must be OKP with Ed25519, EC with P-256, or RSA")]
    Kind,
    /// Another `alg`, PS256 for one.
    #[error("alg must be EdDSA, Ed25519, ES256 or RS256, as the key's kind says")]
    Algorithm,
    /// `use` is not `sig`.
    #[error("use must be sig")]
    Purpose,
    /// `key_ops` does not include `verify` (RFC 7517, section 4.3).
    #[error("key_ops must include verify")]
    Operations,
    /// The numbers are no key, or one of another size.
    #[error("the key's numbers are not a key of a supported size")]
    Material,
    /// Its `kid` could not stand in a header.
    #[error("kid must have 1 to 64 visible ASCII characters without quote and backslash")]
    Kid,
    /// An earlier key has the same `kid` and algorithm.
    #[error("an earlier key has the same kid and algorithm")]
    Duplicate,
}

/// A key of a JWKS document that is not used.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SkippedKey {
    /// Its place in the document, from 0.
    pub index: usize,
    /// Its `kid`, if it has one, as the document writes it.
    pub kid: Option<String>,
    /// Why it is not used.
    pub reason: SkipReason,
}
