//! Why what a person does does not count.

use serde::{Deserialize, Serialize};

use crate::verdict::Language;

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
    /// Insoles alone: the samples have ratios only. The force follows from voltages.
    NoVoltages,
    /// Insoles alone: one foot sends nothing, or is in the air.
    OneFoot,
    /// Insoles alone: fewer samples a second than a squat can be told from.
    FewSamples,
    /// Insoles alone: all sensors of a foot stand at the end of their range or are frozen, so its load is not known.
    Saturated,
    /// Insoles alone: both feet are in the air.
    Unloaded,
    /// A movement began, and samples are missing in it.
    MissingSamples,
    /// Neither a sample of an insole nor a frame of a camera arrived.
    NoInput,
}

impl NotCounting {
    /// All of them, in the order of their declaration.
    pub const ALL: [Self; 22] = [
        Self::NoPerson,
        Self::NotVisible,
        Self::PhoneTurned,
        Self::NotStanding,
        Self::Stepping,
        Self::TooShallow,
        Self::TooShort,
        Self::StaysDown,
        Self::OneSided,
        Self::TrunkDown,
        Self::Turning,
        Self::Sitting,
        Self::Lost,
        Self::NoSquat,
        Self::NoForce,
        Self::NoVoltages,
        Self::OneFoot,
        Self::FewSamples,
        Self::Saturated,
        Self::Unloaded,
        Self::MissingSamples,
        Self::NoInput,
    ];

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
                | Self::MissingSamples
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
            Self::NoVoltages => "no_voltages",
            Self::OneFoot => "one_foot",
            Self::FewSamples => "few_samples",
            Self::Saturated => "saturated",
            Self::Unloaded => "unloaded",
            Self::MissingSamples => "missing_samples",
            Self::NoInput => "no_input",
        }
    }

    /// The reason as a sentence without a full stop, for summaries, reports and logs.
    #[must_use]
    pub const fn explain(self, language: Language) -> &'static str {
        let (korean, english) = self.sentences();
        match language {
            Language::Ko => korean,
            Language::En => english,
        }
    }

    /// In Korean and in English.
    const fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::Stepping
            | Self::TooShallow
            | Self::TooShort
            | Self::StaysDown
            | Self::OneSided
            | Self::TrunkDown
            | Self::Turning
            | Self::Sitting
            | Self::Lost
            | Self::NoSquat => self.of_a_movement(),
            _ => self.of_the_input(),
        }
    }

    /// What was wrong with the movement.
    const fn of_a_movement(self) -> (&'static str, &'static str) {
        match self {
            Self::Stepping => ("발이 제자리에 있지 않았어요", "The feet stepped or walked"),
            Self::TooShallow => (
                "엉덩이가 쿼터 스쿼트 깊이까지 내려가지 않았어요",
                "The hips went down by less than a quarter squat",
            ),
            Self::TooShort => (
                "스쿼트라고 하기에는 움직임이 너무 빨랐어요",
                "The movement was faster than a squat",
            ),
            Self::StaysDown => ("내려간 뒤 올라오지 않았어요", "The person stayed down"),
            Self::OneSided => (
                "런지처럼 두 다리가 다르게 움직였어요",
                "The legs moved differently, as in a lunge",
            ),
            Self::TrunkDown => (
                "엉덩이보다 상체가 내려갔어요",
                "The trunk went down, as in a bow, a deadlift, a push-up or a burpee",
            ),
            Self::Turning => ("몸을 돌렸어요", "The person turned"),
            Self::Sitting => ("앉아 있었어요", "The person sat down"),
            Self::Lost => (
                "움직이는 동안 카메라에서 벗어났어요",
                "The person was not seen for a part of the movement",
            ),
            _ => (
                "스쿼트로 보이는 움직임이 없었어요",
                "No movement looked like a squat",
            ),
        }
    }

    /// What was wrong with what camera or insoles sent.
    const fn of_the_input(self) -> (&'static str, &'static str) {
        match self {
            Self::NoPerson => ("카메라에 사람이 보이지 않았어요", "Nobody was seen"),
            Self::NotVisible => (
                "발까지 온몸이 카메라에 나오지 않았어요",
                "The whole body, feet included, was not in the picture",
            ),
            Self::PhoneTurned => (
                "화면이 옆으로 누워 있거나 뒤집혀 있었어요",
                "The picture lay on its side, or stood on its head",
            ),
            Self::NotStanding => (
                "내려가기 전에 똑바로 가만히 선 모습이 없었어요",
                "Nobody stood still and upright before going down",
            ),
            Self::NoVoltages => (
                "깔창이 비율만 보냈어요. 횟수를 세려면 전압이 필요해요",
                "The insoles sent ratios only; counting needs voltages",
            ),
            Self::OneFoot => (
                "한쪽 발의 신호만 있었어요. 횟수를 세려면 두 발이 필요해요",
                "Only one foot sent a load; counting needs both",
            ),
            Self::FewSamples => (
                "깔창 신호가 너무 드물었어요. 한 발에 1초에 10번 이상 필요해요",
                "The insoles sent too few samples; counting needs at least 10 a second of each foot",
            ),
            Self::Saturated => (
                "한쪽 깔창의 모든 센서가 범위 끝에 있거나 멈춰 있어 무게를 알 수 없었어요",
                "All sensors of a foot stood at the end of their range or were frozen, so its load was not known",
            ),
            Self::Unloaded => (
                "깔창에 실린 무게가 없었어요",
                "There was no weight on the insoles",
            ),
            Self::MissingSamples => (
                "깔창 신호가 중간에 끊겨 움직임을 끝까지 따라가지 못했어요",
                "Samples were missing in a movement, so it was not counted",
            ),
            Self::NoInput => (
                "깔창 신호도 카메라 화면도 오지 않았어요",
                "Neither samples nor frames arrived",
            ),
            _ => (
                "무게 변화를 따라갈 수 없었어요. 두 발의 전압이 1초에 10번 이상 필요해요",
                "The force could not be followed: it needs the voltages of both feet, at least 10 samples a second",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_wire_and_each_reason_has_words_of_its_own() {
        let mut told = std::collections::HashSet::new();
        for (index, reason) in NotCounting::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, index);
            let wire = serde_json::to_string(&reason).unwrap();
            assert_eq!(wire, format!("\"{}\"", reason.as_str()));
            for language in [Language::Ko, Language::En] {
                assert!(told.insert(reason.explain(language)), "{reason:?}");
            }
        }
    }
}
