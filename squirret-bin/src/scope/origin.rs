//! The two scopes that a connection may get pushes of.

/// The scope that a push reaches a connection from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Origin {
    /// The session's own.
    Own,
    /// `default`, while sessions without data of their own see it.
    Shared,
}
