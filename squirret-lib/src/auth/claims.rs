//! What a token is issued for, and what a verified one says.

use crate::UnixMillis;
use serde::{Deserialize, Serialize};
use std::fmt;

/// For which plane a token is; the `aud` claim.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(clippy::exhaustive_enums, reason = "two planes")]
pub enum Audience {
    /// `stomp-ws`: the control plane's STOMP endpoint.
    StompWs,
    /// `inference-ws`: the inference plane.
    InferenceWs,
}

impl Audience {
    /// The claim's text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StompWs => "stomp-ws",
            Self::InferenceWs => "inference-ws",
        }
    }

    /// The role of a token that names none (another issuer's): the one with the fewest rights.
    pub(super) const fn least_role(self) -> Role {
        match self {
            Self::StompWs => Role::Guest,
            Self::InferenceWs => Role::Inference,
        }
    }
}

/// Whose token it is; the `role` claim.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Role {
    /// Nobody signed in.
    Guest,
    /// A user.
    User,
    /// An inference session.
    Inference,
}

/// What a token is issued for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a request")]
pub struct Grant {
    /// Session id; the `sub` claim.
    pub subject: String,
    /// Plane.
    pub audience: Audience,
    /// Role.
    pub role: Role,
    /// The user; the `uid` claim, left out when there is none.
    pub user: Option<String>,
}

/// What a verified token says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// Session id.
    pub subject: String,
    /// Plane.
    pub audience: Audience,
    /// Role.
    pub role: Role,
    /// The user.
    pub user: Option<String>,
    /// The token's own id (`jti`), unique together with the subject.
    pub token_id: Option<String>,
    /// Issued.
    pub issued_at: UnixMillis,
    /// Expires; without the leeway.
    pub expires_at: UnixMillis,
}

/// A signed token. `Debug` hides it, and it has no `Display`: a token is never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    pub(super) const fn new(text: String) -> Self {
        Self(text)
    }

    /// The compact serialisation, for the reply that hands it out.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_token() {
        assert_eq!(format!("{:?}", Token::new("a.b.c".into())), "Token(…)");
    }
}
