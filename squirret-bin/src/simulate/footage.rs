//! The result of one simulated camera.

/// The frames that one camera sent, and their latencies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Footage {
    /// Frames sent.
    pub(crate) sent: u64,
    /// Milliseconds from sending each analysed frame to its analysis.
    pub(crate) latencies: Vec<f64>,
}
