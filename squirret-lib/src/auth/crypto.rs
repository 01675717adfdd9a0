//! `jsonwebtoken`'s signers and verifiers on `ring`, which TLS brings along anyway.
//!
//! `jsonwebtoken`'s own backends bring either `rsa`, which has an advisory, or a C library that takes minutes to compile.

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{ErrorKind, Result},
    signature::{Error, Signer, Verifier},
};
use ring::{
    agreement, hmac,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
        Ed25519KeyPair, KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
        UnparsedPublicKey,
    },
};
use std::{ops::RangeInclusive, sync::Arc};

/// Lengths of an RSA modulus in bytes: at least 2048 bits as RFC 7518 (section 3.3) requires; more than 4096 only costs
/// time.
const RSA_MODULUS: RangeInclusive<usize> = 256..=512;

/// Public exponents that the engine accepts: odd, and small enough that verification stays cheap.
const RSA_EXPONENT: RangeInclusive<u64> = 3..=(1 << 33) - 1;

/// The DER of an Ed25519 public key (RFC 8410, section 4) before its 32 bytes.
const ED25519_SPKI: &[u8] = &[
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// The DER of a P-256 public key (RFC 5480, section 2) before its uncompressed point.
const P256_SPKI: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// `jsonwebtoken`'s cryptography on `ring`: HS256, EdDSA and ES256, and the verification of RS256.
///
/// This crate passes keys to it directly and installs nothing for the process. A program that calls `jsonwebtoken` itself
/// may install it with [`CryptoProvider::install_default`], unless it has another backend.
pub static CRYPTO_PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| Ok(Box::new(RingSigner::new(*algorithm, key)?)),
    verifier_factory: |algorithm, key| Ok(Box::new(RingVerifier::new(*algorithm, key)?)),
    key_utils: KeyUtils::new_unimplemented(),
};

/// A parsed secret or private key. Clones share it.
#[derive(Clone)]
pub(super) enum RingSigner {
    Hmac(Arc<hmac::Key>),
    Ed25519(Arc<Ed25519KeyPair>),
    P256(Arc<EcdsaKeyPair>),
}

impl RingSigner {
    /// Parses a secret, or a private key in PKCS #8.
    pub(super) fn new(algorithm: Algorithm, key: &EncodingKey) -> Result<Self> {
        let bytes = key.as_bytes();
        match (algorithm, key.family()) {
            (Algorithm::HS256, AlgorithmFamily::Hmac) => Ok(Self::Hmac(hmac_key(bytes))),
            (Algorithm::EdDSA, AlgorithmFamily::Ed) => {
                // OpenSSL writes version 1, without the public key; where the key is there, it is checked.
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(bytes)
                    .map_err(|_| ErrorKind::InvalidEddsaKey)?;
                Ok(Self::Ed25519(Arc::new(pair)))
            }
            (Algorithm::ES256, AlgorithmFamily::Ec) => {
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_pkcs8(algorithm, bytes, &SystemRandom::new())
                    .map_err(|_| ErrorKind::InvalidEcdsaKey)?;
                Ok(Self::P256(Arc::new(pair)))
            }
            _ => Err(ErrorKind::InvalidKeyFormat.into()),
        }
    }

    /// Returns the verifier of this key's own signatures.
    pub(super) fn verifier(&self) -> Result<RingVerifier> {
        match self {
            Self::Hmac(key) => Ok(RingVerifier::Hmac(Arc::clone(key))),
            Self::Ed25519(pair) => RingVerifier::ed25519(pair.public_key().as_ref()),
            Self::P256(pair) => RingVerifier::p256(pair.public_key().as_ref()),
        }
    }
}

impl Signer<Vec<u8>> for RingSigner {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(match self {
            Self::Hmac(key) => hmac::sign(key, message).as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Self::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message);
                signature.map_err(|_| Error::new())?.as_ref().to_vec()
            }
        })
    }
}

impl JwtSigner for RingSigner {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Hmac(_) => Algorithm::HS256,
            Self::Ed25519(_) => Algorithm::EdDSA,
            Self::P256(_) => Algorithm::ES256,
        }
    }
}

/// A secret, or a public key that is checked as far as that is possible without a signature.
#[derive(Clone)]
pub(super) enum RingVerifier {
    Hmac(Arc<hmac::Key>),
    /// 32 bytes.
    Ed25519([u8; 32]),
    /// The uncompressed point, which begins with 4.
    P256([u8; 65]),
    /// Big-endian numbers without leading zeros.
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
}

impl RingVerifier {
    pub(super) fn new(algorithm: Algorithm, key: &DecodingKey) -> Result<Self> {
        match (algorithm, key.family(), key.kind()) {
            (Algorithm::HS256, AlgorithmFamily::Hmac, DecodingKeyKind::SecretOrDer(bytes)) => {
                Ok(Self::Hmac(hmac_key(bytes)))
            }
            (Algorithm::EdDSA, AlgorithmFamily::Ed, DecodingKeyKind::SecretOrDer(bytes)) => {
                Self::ed25519(bytes)
            }
            (Algorithm::ES256, AlgorithmFamily::Ec, DecodingKeyKind::SecretOrDer(bytes)) => {
                Self::p256(bytes)
            }
            (
                Algorithm::RS256,
                AlgorithmFamily::Rsa,
                DecodingKeyKind::RsaModulusExponent { n, e },
            ) => Self::rsa(n, e),
            _ => Err(ErrorKind::InvalidKeyFormat.into()),
        }
    }

    /// Parses the DER of a `SubjectPublicKeyInfo`.
    pub(super) fn from_spki(der: &[u8]) -> Result<Self> {
        if let Some(bytes) = der.strip_prefix(ED25519_SPKI) {
            return Self::new(Algorithm::EdDSA, &DecodingKey::from_ed_der(bytes));
        }
        let point = der
            .strip_prefix(P256_SPKI)
            .ok_or(ErrorKind::InvalidKeyFormat)?;
        Self::new(Algorithm::ES256, &DecodingKey::from_ec_der(point))
    }

    fn ed25519(bytes: &[u8]) -> Result<Self> {
        let bytes = bytes.try_into().map_err(|_| ErrorKind::InvalidEddsaKey)?;
        Ok(Self::Ed25519(bytes))
    }

    /// Rejects points that are not on the curve.
    fn p256(point: &[u8]) -> Result<Self> {
        let invalid = ErrorKind::InvalidEcdsaKey;
        let Ok(bytes) = <[u8; 65]>::try_from(point) else {
            return Err(invalid.into());
        };
        let curve = &agreement::ECDH_P256;
        let Ok(own) = agreement::EphemeralPrivateKey::generate(curve, &SystemRandom::new()) else {
            return Err(invalid.into());
        };
        // The engine checks a point when it is used. A key agreement uses it without a signature.
        let peer = agreement::UnparsedPublicKey::new(curve, bytes);
        match agreement::agree_ephemeral(own, &peer, |_| ()) {
            Ok(()) => Ok(Self::P256(bytes)),
            Err(_) => Err(invalid.into()),
        }
    }

    /// Rejects sizes and exponents that the engine cannot use.
    fn rsa(n: &[u8], e: &[u8]) -> Result<Self> {
        let (n, e) = (without_zeros(n), without_zeros(e));
        let exponent = e.iter().try_fold(0u64, |sum, byte| {
            Some(sum.checked_mul(256)? | u64::from(*byte))
        });
        let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
        let is_usable = RSA_MODULUS.contains(&n.len())
            && exponent.is_some_and(|exponent| RSA_EXPONENT.contains(&exponent));
        if !is_odd(n) || !is_odd(e) || !is_usable {
            return Err(ErrorKind::InvalidRsaKey("size or exponent".into()).into());
        }
        let (n, e) = (n.to_vec(), e.to_vec());
        Ok(Self::Rsa { n, e })
    }
}

impl Verifier<Vec<u8>> for RingVerifier {
    /// Compares in constant time for a shared secret.
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        let verified = match self {
            Self::Hmac(key) => hmac::verify(key, message, signature),
            Self::Ed25519(bytes) => {
                UnparsedPublicKey::new(&ED25519, bytes).verify(message, signature)
            }
            Self::P256(bytes) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes).verify(message, signature)
            }
            Self::Rsa { n, e } => RsaPublicKeyComponents { n, e }.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                message,
                signature,
            ),
        };
        verified.map_err(|_| Error::new())
    }
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Hmac(_) => Algorithm::HS256,
            Self::Ed25519(_) => Algorithm::EdDSA,
            Self::P256(_) => Algorithm::ES256,
            Self::Rsa { .. } => Algorithm::RS256,
        }
    }
}

fn hmac_key(secret: &[u8]) -> Arc<hmac::Key> {
    Arc::new(hmac::Key::new(hmac::HMAC_SHA256, secret))
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rsa_keys_that_verify_nothing_are_refused() {
        let odd = |bytes: usize| [vec![0x80], vec![0; bytes - 2], vec![1]].concat();
        assert!(RingVerifier::rsa(&odd(256), &[1, 0, 1]).is_ok());
        assert!(RingVerifier::rsa(&[&[0, 0], &odd(512)[..]].concat(), &[0, 3]).is_ok());
        for (n, e) in [
            (odd(255), vec![1, 0, 1]),
            (odd(513), vec![1, 0, 1]),
            ([&odd(255)[..], &[2]].concat(), vec![1, 0, 1]),
            (odd(256), vec![]),
            (odd(256), vec![1]),
            (odd(256), vec![4]),
            (odd(256), vec![2, 0, 0, 0, 1]),
            (odd(256), vec![1; 9]),
            (vec![], vec![3]),
        ] {
            assert!(RingVerifier::rsa(&n, &e).is_err(), "{} {e:?}", n.len());
        }
    }

    #[test]
    fn a_point_beside_the_curve_is_no_key() {
        let mut point = [1; 65];
        point[0] = 4;
        assert!(RingVerifier::p256(&point).is_err());
        assert!(RingVerifier::p256(&[0; 65]).is_err());
    }

    #[test]
    fn jsonwebtoken_signs_and_verifies_on_it() {
        let (signing, verifying) = (
            EncodingKey::from_secret(&[7; 32]),
            DecodingKey::from_secret(&[7; 32]),
        );
        let signer = (CRYPTO_PROVIDER.signer_factory)(&Algorithm::HS256, &signing).unwrap();
        let verifier = (CRYPTO_PROVIDER.verifier_factory)(&Algorithm::HS256, &verifying).unwrap();
        let signature = signer.try_sign(b"message").unwrap();
        assert!(verifier.verify(b"message", &signature).is_ok());
        assert!(verifier.verify(b"massage", &signature).is_err());
        assert!((CRYPTO_PROVIDER.signer_factory)(&Algorithm::EdDSA, &signing).is_err());
        assert!((CRYPTO_PROVIDER.verifier_factory)(&Algorithm::RS256, &verifying).is_err());
    }
}
