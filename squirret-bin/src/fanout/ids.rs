//! The names of scopes and of their streams.

use squirret::session::SessionId;

/// Whose data a scope holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ScopeId {
    /// Everybody's who names no session.
    Default,
    /// One session's.
    Session(SessionId),
}

impl std::fmt::Display for ScopeId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::Session(id) => id.fmt(formatter),
        }
    }
}

/// The two streams of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamKind {
    /// What the coach makes of data of any source: pushes of the session, analyses of frames.
    Analysis,
    /// The state of the feet.
    Insole,
}
