//! The stage of a squat, shared by camera and insole.

use serde::{Deserialize, Serialize};

/// The stage of a squat. Serialises as its name in capitals, e.g. `"DESCENT"`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(
    clippy::exhaustive_enums,
    reason = "the five stages of the wire contract"
)]
pub enum Stage {
    /// Upright, between repetitions.
    Standing,
    /// Going down.
    Descent,
    /// Around the lowest point.
    Bottom,
    /// Coming up.
    Ascent,
    /// Neither camera nor insole knows the stage.
    #[default]
    Unknown,
}
