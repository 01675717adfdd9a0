//! Why what a person does does not count.

use serde::{Deserialize, Serialize};

/// Why what a person does, or did last, does not count as a squat.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotCounting {
    /// Nobody is seen.
    NoPerson,
    /// Shoulders, hips, knees or feet are hidden, or outside of the picture.
    NotVisible,
    /// The picture lies on its side, or stands on its head.
    PhoneTurned,
    /// The person was not seen standing upright yet.
    NotStanding,
    /// The feet step or walk.
    Stepping,
    /// Down by less than a quarter squat.
    TooShallow,
    /// Down and up again faster than anybody squats.
    TooShort,
    /// Down for longer than a squat lasts.
    StaysDown,
    /// One leg does other than the other, as in a lunge.
    OneSided,
    /// The trunk goes down, and not the hips: bows, deadlifts, push-ups, burpees.
    TrunkDown,
    /// The person turns.
    Turning,
    /// The person sits on something.
    Sitting,
    /// The person was not seen for a part of the movement.
    Lost,
    /// The movement shows nothing that could be a squat.
    NoSquat,
    /// Insoles alone: the force that squats are counted by cannot be followed. It needs the voltages of both feet, at least
    /// ten samples a second.
    NoForce,
}

impl NotCounting {
    /// Whether it is about a movement that was made, and not about how the person stands before the camera.
    #[must_use]
    pub const fn is_movement(self) -> bool {
        matches!(
            self,
            Self::Stepping
                | Self::TooShallow
                | Self::TooShort
                | Self::StaysDown
                | Self::OneSided
                | Self::TrunkDown
                | Self::Turning
                | Self::Sitting
                | Self::Lost
        )
    }

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoPerson => "no_person",
            Self::NotVisible => "not_visible",
            Self::PhoneTurned => "phone_turned",
            Self::NotStanding => "not_standing",
            Self::Stepping => "stepping",
            Self::TooShallow => "too_shallow",
            Self::TooShort => "too_short",
            Self::StaysDown => "stays_down",
            Self::OneSided => "one_sided",
            Self::TrunkDown => "trunk_down",
            Self::Turning => "turning",
            Self::Sitting => "sitting",
            Self::Lost => "lost",
            Self::NoSquat => "no_squat",
            Self::NoForce => "no_force",
        }
    }

    /// The reason in a sentence, for logs and reports.
    #[must_use]
    pub const fn explain(self) -> &'static str {
        match self {
            Self::NoPerson => "nobody was seen",
            Self::NotVisible => "the whole body, feet included, was not in the picture",
            Self::PhoneTurned => "the picture lay on its side, or stood on its head",
            Self::NotStanding => "nobody was seen standing upright before going down",
            Self::Stepping => "the feet stepped or walked",
            Self::TooShallow => "the hips went down by less than a quarter squat",
            Self::TooShort => "the movement was faster than a squat",
            Self::StaysDown => "the person stayed down",
            Self::OneSided => "the legs moved differently, as in a lunge",
            Self::TrunkDown => {
                "the trunk went down, as in a bow, a deadlift, a push-up or a burpee"
            }
            Self::Turning => "the person turned",
            Self::Sitting => "the person sat down",
            Self::Lost => "the person was not seen for a part of the movement",
            Self::NoSquat => "no movement looked like a squat",
            Self::NoForce => {
                "the force could not be followed: it needs the voltages of both feet, at least 10 samples a second"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_wire() {
        use NotCounting::*;
        for reason in [
            NoPerson,
            PhoneTurned,
            NotVisible,
            NotStanding,
            Stepping,
            TooShallow,
            TooShort,
            StaysDown,
            OneSided,
            TrunkDown,
            Turning,
            Sitting,
            Lost,
            NoSquat,
            NoForce,
        ] {
            let wire = serde_json::to_string(&reason).unwrap();
            assert_eq!(wire, format!("\"{}\"", reason.as_str()));
            assert!(!reason.explain().is_empty());
        }
    }
}
