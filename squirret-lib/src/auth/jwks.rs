//! Public keys as JSON: RFC 7517, RFC 7518 (section 6), RFC 8037.

use super::Algorithm;
use jsonwebtoken::DecodingKey;
use serde::{Deserialize, Serialize};

/// An RSA modulus, bytes: 2048 bits as RFC 7518 (section 3.3) asks, 4096 as more only costs time.
const RSA_MODULUS: std::ops::RangeInclusive<usize> = 256..=512;

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
}

impl Jwk {
    /// The public key; `None` for a shared secret.
    pub(super) fn new(kid: &str, algorithm: Algorithm, key: &DecodingKey) -> Option<Self> {
        let named = Self {
            kid: Some(kid.into()),
            alg: Some(algorithm.as_str().into()),
            purpose: Some("sig".into()),
            ..Self::default()
        };
        let encode = |bytes: &[u8]| Some(base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes));
        match (algorithm, key.try_get_as_bytes()) {
            (Algorithm::EdDsa, Ok(x)) => Some(Self {
                kty: "OKP".into(),
                crv: Some("Ed25519".into()),
                x: encode(x),
                ..named
            }),
            (Algorithm::Es256, Ok([4, point @ ..])) => {
                let (x, y) = point.split_at_checked(32)?;
                Some(Self {
                    kty: "EC".into(),
                    crv: Some("P-256".into()),
                    x: encode(x),
                    y: encode(y),
                    ..named
                })
            }
            _ => None,
        }
    }

    /// Its id, if it has one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The key and the only algorithm it is for; `None` for other kinds, purposes and sizes.
    pub(super) fn public_key(&self) -> Option<(Algorithm, DecodingKey)> {
        let text = |part: &Option<String>| part.clone().filter(|text| text.len() < 2048);
        let (algorithm, key) = match (self.kty.as_str(), self.crv.as_deref()) {
            ("OKP", Some("Ed25519")) => (
                Algorithm::EdDsa,
                DecodingKey::from_ed_components(&text(&self.x)?),
            ),
            ("EC", Some("P-256")) => (
                Algorithm::Es256,
                DecodingKey::from_ec_components(&text(&self.x)?, &text(&self.y)?),
            ),
            ("RSA", _) => {
                let n = text(&self.n).filter(|n| {
                    modulus_bytes(n).is_some_and(|bytes| RSA_MODULUS.contains(&bytes))
                })?;
                (
                    Algorithm::Rs256,
                    DecodingKey::from_rsa_components(&n, &text(&self.e)?),
                )
            }
            _ => return None,
        };
        let other_algorithm = self
            .alg
            .as_deref()
            .is_some_and(|alg| alg != algorithm.as_str());
        let other_purpose = self
            .purpose
            .as_deref()
            .is_some_and(|purpose| purpose != "sig");
        if other_algorithm || other_purpose {
            None
        } else {
            Some((algorithm, key.ok()?))
        }
    }
}

/// The length of a number without the zeros in front.
fn modulus_bytes(text: &str) -> Option<usize> {
    let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(text).ok()?;
    Some(bytes.iter().skip_while(|byte| **byte == 0).count())
}
