//! Tokens that open the WebSockets: short-lived JWTs (RFC 7519), strict about everything that RFC 8725 warns of.
//!
//! A [`KeyRing`] holds the keys; its first key signs, all verify. [`JwtService`] issues and checks tokens over a ring
//! that can be swapped while it runs. The time is always an argument.
//!
//! ```
//! use squirret::{UnixMillis, auth::{Audience, Grant, Hs256, Role, TokenService, VerifyError}};
//!
//! let tokens = Hs256::new(&[("2026-11", b"0123456789abcdef0123456789abcdef")])?;
//! let grant = Grant { subject: "s1".into(), audience: Audience::InferenceWs, role: Role::Inference, user: None };
//! let now = UnixMillis(1_730_892_345_000);
//! let token = tokens.issue(&grant, now)?;
//!
//! let claims = tokens.verify(token.as_str(), Audience::InferenceWs, now)?;
//! assert_eq!(claims.subject, "s1");
//! let late = now.plus(16 * 60 * 1000);
//! assert_eq!(tokens.verify(token.as_str(), Audience::InferenceWs, late), Err(VerifyError::Expired));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod claims;
pub use claims::{Audience, Claims, Grant, Role, Token};

mod compact;
pub use compact::MAX_TOKEN_BYTES;

mod crypto;
pub use crypto::CRYPTO_PROVIDER;

mod key;
pub use key::{Algorithm, Key, KeyError};

mod ring;
pub use ring::KeyRing;

mod jwks;
pub use jwks::{Jwk, Jwks, SkipReason, SkippedKey};

mod payload;

mod service;
pub use service::{Hs256, IssueError, JwtService, LEEWAY_MILLIS, TokenService, VerifyError};

mod text_signer;
pub use text_signer::TextSigner;

mod oidc;
pub use oidc::{IdToken, IdTokenError, IdTokenRules, verify_id_token};

#[doc(hidden)]
pub mod fuzzing;

#[cfg(test)]
mod testing;

#[cfg(test)]
mod attacks;
