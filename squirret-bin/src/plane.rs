//! The two planes of the server.

/// The plane that a connection belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plane {
    /// Sessions, insoles, STOMP, the page.
    Control,
    /// Frames.
    Inference,
}

impl Plane {
    /// The plane's label in `/metrics`.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Inference => "inference",
        }
    }
}
