//! What is kept of a session.

use crate::UnixMillis;
#[cfg(feature = "auth")]
use crate::auth::{Audience, Role};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// A session's id: a random UUID that nobody can guess, in its hyphenated form on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
#[expect(clippy::exhaustive_structs, reason = "a newtype")]
pub struct SessionId(pub Uuid);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not a session id.
#[derive(Debug, thiserror::Error, Clone, Copy, PartialEq, Eq)]
#[error("not a session id")]
#[non_exhaustive]
pub struct ParseIdError;

impl FromStr for SessionId {
    type Err = ParseIdError;

    /// Reads the hyphenated form, in any case; the other spellings of a UUID are not ids here.
    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        const HYPHENATED: usize = 36;
        if text.len() != HYPHENATED {
            return Err(ParseIdError);
        }
        Uuid::try_parse(text).map(Self).map_err(|_| ParseIdError)
    }
}

/// Who a session belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
#[non_exhaustive]
pub enum Owner {
    /// Nobody signed in.
    Guest,
    /// A user signed in.
    #[serde(rename_all = "camelCase")]
    User {
        /// The user.
        user_id: Uuid,
        /// Address, as the app sent it.
        email: String,
    },
    /// Inference for a user or guest, as the app names it.
    #[serde(rename_all = "camelCase")]
    Inference {
        /// As sent: a user's id, a guest's session id, or any other name.
        user_id: String,
    },
}

#[cfg(feature = "auth")]
impl Owner {
    /// The plane that this owner's tokens open.
    #[must_use]
    pub const fn audience(&self) -> Audience {
        match self {
            Self::Guest | Self::User { .. } => Audience::StompWs,
            Self::Inference { .. } => Audience::InferenceWs,
        }
    }

    /// The role in this owner's tokens.
    #[must_use]
    pub const fn role(&self) -> Role {
        match self {
            Self::Guest => Role::Guest,
            Self::User { .. } => Role::User,
            Self::Inference { .. } => Role::Inference,
        }
    }

    /// The `uid` claim of this owner's tokens.
    #[must_use]
    pub fn user(&self) -> Option<String> {
        match self {
            Self::Guest => None,
            Self::User { user_id, .. } => Some(user_id.to_string()),
            Self::Inference { user_id } => Some(user_id.clone()),
        }
    }
}

/// What a client says of its finished session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_structs, reason = "the wire's three")]
pub struct FinishReport {
    /// Frames sent.
    pub frames_in: u64,
    /// Analyses received.
    pub frames_out: u64,
    /// Seconds.
    pub duration_seconds: u64,
}

/// What the server counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_structs, reason = "plain counts")]
pub struct Usage {
    /// Frames received.
    pub frames_in: u64,
    /// Analyses sent.
    pub frames_out: u64,
    /// Frames replaced by newer ones.
    pub dropped: u64,
    /// Connected seconds.
    pub duration_seconds: f64,
    /// Bytes received.
    pub bytes_in: u64,
}

impl Usage {
    /// Both together; counts stop at their largest value instead of wrapping.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            frames_in: self.frames_in.saturating_add(other.frames_in),
            frames_out: self.frames_out.saturating_add(other.frames_out),
            dropped: self.dropped.saturating_add(other.dropped),
            duration_seconds: self.duration_seconds + other.duration_seconds,
            bytes_in: self.bytes_in.saturating_add(other.bytes_in),
        }
    }
}

/// One session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionRecord {
    /// Id.
    pub id: SessionId,
    /// Owner.
    pub owner: Owner,
    /// Issued.
    pub created: UnixMillis,
    /// Last use.
    pub last_seen: UnixMillis,
    /// What the client said at the end.
    pub finished: Option<FinishReport>,
    /// What the server counted.
    pub usage: Usage,
    /// The session whose insoles and coach this one works with: of an inference session, once it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scope: Option<SessionId>,
    /// Whether anybody has used it since it was issued: connected, sent data, or read its data. Of records from before
    /// this was noted, it is assumed.
    #[serde(default = "assumed")]
    pub used: bool,
    /// Of an inference session for a session: the user who was signed in there when it was issued.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub made_for: Option<Uuid>,
}

const fn assumed() -> bool {
    true
}

impl SessionRecord {
    /// A session that begins at `now`.
    #[must_use]
    pub fn new(id: SessionId, owner: Owner, now: UnixMillis) -> Self {
        Self {
            id,
            owner,
            created: now,
            last_seen: now,
            finished: None,
            usage: Usage::default(),
            scope: None,
            used: false,
            made_for: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_form() {
        let id = "e0e1c6af-0000-4000-8000-00000000000f";
        assert_eq!(id.parse::<SessionId>().unwrap().to_string(), id);
        assert_eq!(id.to_uppercase().parse(), id.parse::<SessionId>());
        for other in [
            "",
            "e0e1c6af000040008000000000000000",
            "{e0e1c6af-0000-4000-8000-00000000000f}",
            "urn:uuid:e0e1c6af-0000-4000-8000-00000000000f",
            "e0e1c6af-0000-4000-8000-00000000000g",
        ] {
            assert_eq!(other.parse::<SessionId>(), Err(ParseIdError), "{other}");
        }
    }

    #[test]
    fn counts_do_not_wrap() {
        let full = Usage {
            frames_in: u64::MAX,
            ..Usage::default()
        };
        let one = Usage {
            frames_in: 1,
            ..Usage::default()
        };
        assert_eq!(full.plus(one).frames_in, u64::MAX);
    }

    #[test]
    fn a_record_survives_json() {
        let owner = Owner::User {
            user_id: Uuid::from_u128(2),
            email: "a@b.c".into(),
        };
        let record = SessionRecord::new(SessionId(Uuid::from_u128(1)), owner, UnixMillis(5));
        let json = serde_json::to_string(&record).unwrap();
        assert_eq!(
            serde_json::from_str::<SessionRecord>(&json).unwrap(),
            record
        );
    }
}
