//! Comparison of secrets.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Returns whether two texts are equal, in a time that does not depend on where they differ.
pub(crate) fn is_same_secret(given: &str, secret: &str) -> bool {
    let digest = |text: &str| Sha256::digest(text.as_bytes());
    digest(given).ct_eq(&digest(secret)).into()
}
