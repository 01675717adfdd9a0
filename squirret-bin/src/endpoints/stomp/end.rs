//! How a connection ends.

use crate::ws::socket::ReadError;

/// Why a connection ends.
pub(super) enum End {
    /// The peer closed.
    Closed,
    /// The peer is gone.
    Gone,
    /// The peer broke a rule of WebSocket; what it still sends is not read.
    Failed(u16, &'static str),
    /// We close.
    Close(u16, String),
}

impl End {
    pub(super) fn of(error: ReadError) -> Option<Self> {
        Some(
            error
                .close_code()
                .map_or(Self::Gone, |code| Self::Failed(code, error.reason())),
        )
    }
}
