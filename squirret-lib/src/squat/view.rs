//! From where the camera looks.

use serde::{Deserialize, Serialize};

use super::SquatConfig;

/// From where the camera looks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum View {
    /// At the chest (or the back).
    Front,
    /// At an angle: neither what the front nor what the side shows can be trusted.
    Oblique,
    /// At a flank.
    Side,
}

impl View {
    /// The view in which shoulders look this wide, in torso lengths.
    #[must_use]
    pub fn of(shoulders_over_torso: f64, config: &SquatConfig) -> Self {
        if shoulders_over_torso >= config.front_ratio {
            Self::Front
        } else if shoulders_over_torso <= config.side_ratio {
            Self::Side
        } else {
            Self::Oblique
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shoulders_tell_the_view() {
        let config = SquatConfig::default();
        assert_eq!(View::of(0.7, &config), View::Front);
        assert_eq!(View::of(0.4, &config), View::Oblique);
        assert_eq!(View::of(0.1, &config), View::Side);
    }
}
