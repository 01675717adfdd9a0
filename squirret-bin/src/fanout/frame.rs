//! One frame of a stream.

use std::time::Instant;

use bytes::Bytes;

use super::ScopeId;

/// A message to the readers of a stream, complete in itself.
#[derive(Clone, Debug)]
pub(crate) struct StreamFrame {
    /// The scope that it belongs to.
    pub(crate) scope: ScopeId,
    /// Its place in the scope's sequence.
    pub(crate) number: u64,
    /// When this was made.
    pub(crate) made: Instant,
    /// A WebSocket frame, encoded once for all readers.
    pub(crate) bytes: Bytes,
}
