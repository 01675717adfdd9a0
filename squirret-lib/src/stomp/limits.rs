//! Bounds of what a stranger can make a session hold.

/// Bounds of one session. All are inclusive: at the limit is allowed, one more is not.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// One frame from its command to its NUL, bytes. Default 64 KiB, as the servers that clients know.
    pub max_frame_bytes: usize,
    /// Header lines of a frame. Default 64.
    pub max_headers: usize,
    /// Bytes of all header lines of a frame, with their line ends. Default 16 KiB: room for a token.
    pub max_header_bytes: usize,
    /// Bytes of a subscription's, a transaction's or a receipt's id. Default 1 KiB.
    pub max_id_bytes: usize,
    /// Subscriptions. Default 32.
    pub max_subscriptions: usize,
    /// Open transactions. Default 8.
    pub max_transactions: usize,
    /// Frames in a transaction. Default 64.
    pub max_transaction_frames: usize,
    /// Bytes that all open transactions hold together. Default 256 KiB.
    pub max_transaction_bytes: usize,
    /// Messages that wait for an ACK. Default 1,024.
    pub max_unacknowledged: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_frame_bytes: 64 * 1024,
            max_headers: 64,
            max_header_bytes: 16 * 1024,
            max_id_bytes: 1024,
            max_subscriptions: 32,
            max_transactions: 8,
            max_transaction_frames: 64,
            max_transaction_bytes: 256 * 1024,
            max_unacknowledged: 1024,
        }
    }
}
