//! Signatures by the `ring` library.

use super::Algorithm;
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

/// What signs: a shared secret or a private key. Clones share it.
#[derive(Clone)]
pub(super) enum SigningKey {
    Hmac(Arc<hmac::Key>),
    Ed25519(Arc<Ed25519KeyPair>),
    P256(Arc<EcdsaKeyPair>),
}

impl SigningKey {
    pub(super) fn hmac(secret: &[u8]) -> Self {
        Self::Hmac(Arc::new(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    /// Parses a PKCS #8 private key and derives its public key.
    pub(super) fn from_pkcs8(der: &[u8]) -> Option<(Algorithm, Self, PublicKey)> {
        // OpenSSL writes version 1, without the public key; where the key is there, it is checked.
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            let public = PublicKey::ed25519(pair.public_key().as_ref())?;
            return Some((Algorithm::EdDsa, Self::Ed25519(Arc::new(pair)), public));
        }
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &random).ok()?;
        let public = PublicKey::p256(pair.public_key().as_ref())?;
        Some((Algorithm::Es256, Self::P256(Arc::new(pair)), public))
    }

    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Hmac(key) => Some(hmac::sign(key, message).as_ref().to_vec()),
            Self::Ed25519(pair) => Some(pair.sign(message).as_ref().to_vec()),
            Self::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).ok()?;
                Some(signature.as_ref().to_vec())
            }
        }
    }

    /// Whether `mac` is the secret's code for `message`, compared in constant time; `false` for a private key.
    pub(super) fn is_mac(&self, message: &[u8], mac: &[u8]) -> bool {
        match self {
            Self::Hmac(key) => hmac::verify(key, message, mac).is_ok(),
            Self::Ed25519(_) | Self::P256(_) => false,
        }
    }
}

/// A public key, checked as far as that is possible without a signature.
#[derive(Clone)]
pub(super) enum PublicKey {
    /// 32 bytes.
    Ed25519([u8; 32]),
    /// The uncompressed point, which begins with 4.
    P256([u8; 65]),
    /// Big-endian numbers without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl PublicKey {
    pub(super) fn ed25519(bytes: &[u8]) -> Option<Self> {
        Some(Self::Ed25519(bytes.try_into().ok()?))
    }

    /// Rejects points that are not on the curve.
    pub(super) fn p256(point: &[u8]) -> Option<Self> {
        let bytes: [u8; 65] = point.try_into().ok()?;
        let random = SystemRandom::new();
        let own = agreement::EphemeralPrivateKey::generate(&agreement::ECDH_P256, &random).ok()?;
        // The engine checks a point when it is used. A key agreement uses it without a signature.
        let peer = agreement::UnparsedPublicKey::new(&agreement::ECDH_P256, bytes);
        agreement::agree_ephemeral(own, &peer, |_| ()).ok()?;
        Some(Self::P256(bytes))
    }

    /// Rejects sizes and exponents that the engine cannot use.
    pub(super) fn rsa(n: &[u8], e: &[u8]) -> Option<Self> {
        let (n, e) = (without_zeros(n), without_zeros(e));
        let exponent = e.iter().try_fold(0u64, |sum, byte| {
            Some(sum.checked_mul(256)? | u64::from(*byte))
        })?;
        let is_odd = n.last()? & 1 == 1 && exponent & 1 == 1;
        let is_usable = RSA_MODULUS.contains(&n.len()) && RSA_EXPONENT.contains(&exponent);
        (is_odd && is_usable).then(|| Self::Rsa {
            n: n.to_vec(),
            e: e.to_vec(),
        })
    }

    /// Parses the DER of a `SubjectPublicKeyInfo`.
    pub(super) fn from_spki(der: &[u8]) -> Option<(Algorithm, Self)> {
        if let Some(bytes) = der.strip_prefix(ED25519_SPKI) {
            return Some((Algorithm::EdDsa, Self::ed25519(bytes)?));
        }
        let point = der.strip_prefix(P256_SPKI)?;
        Some((Algorithm::Es256, Self::p256(point)?))
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
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
        verified.is_ok()
    }
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
        assert!(PublicKey::rsa(&odd(256), &[1, 0, 1]).is_some());
        assert!(PublicKey::rsa(&[&[0, 0], &odd(512)[..]].concat(), &[0, 3]).is_some());
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
            assert!(PublicKey::rsa(&n, &e).is_none(), "{} {e:?}", n.len());
        }
    }

    #[test]
    fn a_point_beside_the_curve_is_no_key() {
        let mut point = [1; 65];
        point[0] = 4;
        assert!(PublicKey::p256(&point).is_none());
        assert!(PublicKey::p256(&[0; 65]).is_none());
    }
}
