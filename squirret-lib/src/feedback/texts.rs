//! The catalogue: every sentence and every voice text, in Korean and English.
//!
//! One entry a line of thought: add a variant to [`Text`] and its [`Wording`] to [`Text::wording`]; the tests refuse a
//! missing translation and a voice text that is too long.

use crate::{squat::NotCounting, verdict::Language};

/// Longest voice text in Korean, in characters.
pub const MAX_VOICE_KO: usize = 25;
/// Longest voice text in English, in characters.
pub const MAX_VOICE_EN: usize = 60;

/// A text in every language.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a new language must be added everywhere"
)]
pub struct Wording {
    /// Korean.
    pub ko: &'static str,
    /// English.
    pub en: &'static str,
}

impl Wording {
    /// The text in `language`.
    #[must_use]
    pub const fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::Ko => self.ko,
            Language::En => self.en,
        }
    }
}

const fn text(ko: &'static str, en: &'static str) -> Wording {
    Wording { ko, en }
}

macro_rules! catalogue {
    ($($(#[$meta:meta])* $name:ident => $ko:literal, $en:literal;)*) => {
        /// A text of the catalogue.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum Text {
            $($(#[$meta])* $name,)*
        }

        impl Text {
            /// Every text.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its wording in every language.
            #[must_use]
            pub const fn wording(self) -> Wording {
                match self {
                    $(Self::$name => text($ko, $en),)*
                }
            }

            /// The variant's name.
            const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

catalogue! {
    // Sentences of the insole: what the app shows.

    /// The forefoot carries too much.
    FrontTooMuch => "체중이 앞쪽으로 쏠렸습니다. 뒤꿈치로 눌러주세요.",
        "Your weight is too far forward. Press through your heels.";
    /// The forefoot carries too little on the way up.
    FrontTooLittle => "체중이 뒤로 쏠렸습니다. 발 앞쪽에도 힘을 나눠 실어주세요.",
        "Your weight is too far back. Share it with the front of your feet.";
    /// The medial side carries too much.
    InnerTooMuch => "무릎이 안쪽으로 모이고 있습니다.",
        "Your knees are moving inward.";
    /// The lateral side carries too much.
    OuterTooMuch => "체중이 발 바깥쪽으로 쏠렸습니다. 엄지발가락 쪽도 함께 눌러주세요.",
        "Your weight is on the outside of your feet. Press through your big toes as well.";
    /// The heel carries too little on the way down.
    HeelTooLittle => "뒤꿈치에 실린 체중이 부족합니다. 뒤꿈치를 깊게 눌러주세요.",
        "There is too little weight on your heels. Press them firmly down.";
    /// The rearfoot carries too little on the way down.
    RearTooLittle => "엉덩이를 조금 더 뒤로 보내며 앉아주세요.",
        "Sit back a little more as you go down.";
    /// The rearfoot carries too much.
    RearTooMuch => "체중이 뒤꿈치에만 실렸습니다. 발바닥 전체로 지탱해주세요.",
        "Your weight is on your heels only. Use the whole foot.";
    /// The rearfoot carries too little on the way up.
    RearTooLittleUp => "올라올 때 체중이 앞쪽으로 쏠립니다. 앞뒤를 고르게 써주세요.",
        "Your weight moves forward as you rise. Keep it even from front to back.";
    /// Inside and outside differ.
    InnerOuterUneven => "발 안쪽과 바깥쪽의 힘이 다릅니다. 발바닥을 고르게 눌러주세요.",
        "The inside and outside of your feet carry different loads. Press down evenly.";
    /// The heel lifts.
    HeelLifts => "뒤꿈치가 뜨고 있습니다. 바닥에 붙인 채 올라오세요.",
        "Your heels are lifting. Keep them on the floor as you rise.";
    /// The heel carries too little on the way up.
    HeelTooLittleUp => "뒤꿈치로 바닥을 밀면서 올라오세요.",
        "Push the floor away with your heels as you rise.";
    /// The feet differ.
    LeftRightUneven => "양발에 체중을 균등하게 분배하세요.",
        "Share your weight evenly between both feet.";
    /// The centre of pressure is too far forward.
    CopTooFarForward => "중심이 발끝 쪽에 있습니다. 발 가운데로 옮겨주세요.",
        "Your balance is over your toes. Bring it back to the middle of your feet.";
    /// No fault going down.
    DescentGood => "체중이 고르게 실린 채 잘 내려가고 있습니다. 이대로 계속하세요.",
        "You are going down with your weight well placed. Keep going like this.";
    /// No fault coming up.
    AscentGood => "체중이 고르게 실린 채 잘 올라오고 있습니다. 이대로 계속하세요.",
        "You are rising with your weight well placed. Keep going like this.";
    /// No insole data.
    InsoleNoData => "아직 깔창 데이터가 없습니다. 준비되면 천천히 시작해보세요. 함께할게요!",
        "No insole data yet. Start slowly whenever you are ready. You can do it!";

    // Sentences of the camera or an outer AI.

    /// The lower back is at fault.
    LumbarBad => "허리 자세가 흐트러졌습니다. 가슴을 펴고 배에 힘을 주세요.",
        "Your back is losing its position. Lift your chest and brace your core.";
    /// The knees are at fault.
    KneeBad => "무릎이 안쪽으로 무너지고 있습니다. 정렬을 유지하세요.",
        "Your knees are caving in. Keep them aligned.";
    /// The ankles are at fault.
    AnkleBad => "발목이 흔들리고 있습니다. 발바닥 전체를 바닥에 붙여주세요.",
        "Your ankles are unsteady. Keep your whole foot on the floor.";
    /// The lower back is in order.
    LumbarGood => "허리 자세가 안정적입니다.",
        "Your back is in a good position.";
    /// The knees are in order.
    KneeGood => "무릎 정렬이 좋습니다.",
        "Your knees are well aligned.";
    /// The ankles are in order.
    AnkleGood => "발목이 안정적입니다.",
        "Your ankles are steady.";
    /// Neither source has anything.
    NothingYet => "아직 분석할 데이터가 없습니다. 준비되면 시작해보세요. 응원할게요!",
        "There is nothing to analyse yet. Start when you are ready. You can do it!";

    // Voice: what is said aloud.

    /// Lumbar: the trunk leans too far.
    SayLumbar => "가슴을 펴고 배에 힘주세요", "Chest up, brace your core";
    /// The same in other words.
    SayLumbarAgain => "시선은 정면, 상체를 세우세요", "Look ahead and lift your trunk";
    /// Lumbar, sideways.
    SaySideways => "몸통을 가운데로 세우세요", "Keep your body in the middle";
    /// The same in other words.
    SaySidewaysAgain => "한쪽으로 기울지 않게 하세요", "Don't lean to one side";
    /// Lumbar: the back rounds.
    SayBackRounds => "등이 굽지 않게 펴 주세요", "Keep your back long, don't round it";
    /// Knees fall in.
    SayKnee => "무릎을 바깥쪽으로 밀어 주세요", "Push your knees out";
    /// The same in other words.
    SayKneeAgain => "무릎과 발끝 방향을 맞추세요", "Knees in line with your toes";
    /// Ankles unsteady.
    SayAnkle => "발바닥 전체를 붙이세요", "Keep your whole foot down";
    /// Heels lift.
    SayHeel => "뒤꿈치를 바닥에 붙이세요", "Keep your heels on the floor";
    /// The same in other words.
    SayHeelAgain => "뒤꿈치가 뜨지 않게 하세요", "Don't let your heels come up";
    /// Weight too far forward.
    SayForward => "뒤꿈치를 좀 더 누르세요", "Press more into your heels";
    /// The same in other words.
    SayForwardAgain => "무게를 발 가운데로 옮기세요", "Move your weight to mid-foot";
    /// Weight too far back.
    SayBackward => "발 앞쪽에도 힘을 주세요", "Use the front of your feet too";
    /// The same in other words.
    SayBackwardAgain => "너무 뒤로 앉지 마세요", "Don't sit back too far";
    /// Weight on the inside.
    SayInner => "발 바깥쪽에도 힘을 주세요", "Use the outside of your feet too";
    /// The same in other words.
    SayInnerAgain => "발이 안으로 쏠리지 않게 하세요", "Don't let your feet roll in";
    /// Weight on the outside.
    SayOuter => "엄지발가락 쪽도 눌러 주세요", "Press your big toes down too";
    /// Inside and outside differ.
    SayInnerOuter => "발바닥을 고르게 눌러 주세요", "Press down evenly through your feet";
    /// The same in other words.
    SayInnerOuterAgain => "발의 안팎을 함께 써 주세요", "Use both edges of your feet";
    /// Feet differ.
    SayLeftRight => "양발에 체중을 똑같이 실어 주세요", "Put equal weight on both feet";
    /// The same in other words.
    SayLeftRightAgain => "몸의 중심을 가운데에 두세요", "Keep your weight in the centre";
    /// More weight on the left needed.
    SayMoreLeft => "왼발에 조금 더 실어 주세요", "Put a little more weight on your left foot";
    /// More weight on the right needed.
    SayMoreRight => "오른발에 조금 더 실어 주세요", "Put a little more weight on your right foot";
    /// Not deep enough.
    SayDepth => "조금만 더 깊이 앉아 보세요", "Sit a little deeper";
    /// The same in other words.
    SayDepthAgain => "허벅지가 수평이 될 때까지요", "Go down until your thighs are level";
    /// Too fast.
    SayTempo => "조금 더 천천히 내려가세요", "Slow down on the way down";
    /// The same in other words.
    SayTempoAgain => "둘을 세며 내려가 보세요", "Count to two on the way down";
    /// Lumbar fixed.
    PraiseLumbar => "좋아요, 허리가 안정됐어요", "Good, your back is steady now";
    /// Knees fixed.
    PraiseKnee => "좋아요, 무릎이 잘 잡혔어요", "Good, your knees are in line now";
    /// Ankles fixed.
    PraiseAnkle => "좋아요, 발이 바닥에 잘 붙었어요", "Good, your feet are planted now";
    /// Balance fixed.
    PraiseBalance => "좋아요, 균형이 잡혔어요", "Good, your balance is even now";
    /// Depth fixed.
    PraiseDepth => "좋아요, 깊이가 충분해요", "Good, that is deep enough";
    /// Tempo fixed.
    PraiseTempo => "좋아요, 속도가 딱 좋아요", "Good, that is the right pace";
    /// The insole finds the balance good.
    SteadyOne => "균형이 좋아요, 그대로 가세요", "Your balance is good, carry on";
    /// The same again.
    SteadyTwo => "체중이 고르게 실렸어요", "Your weight is well placed";
    /// The same once more.
    SteadyThree => "발이 안정적이에요, 아주 좋아요", "Your feet are steady, well done";
    /// Encouragement without data.
    CheerOne => "준비되면 천천히 시작해요", "Start slowly when you are ready";
    /// Encouragement without data.
    CheerTwo => "숨을 고르고 편하게 서 보세요", "Take a breath and stand at ease";
    /// Encouragement without data.
    CheerThree => "오늘도 할 수 있어요, 파이팅!", "You can do this today!";
    /// Encouragement without data.
    CheerFour => "발을 어깨너비로 벌려 보세요", "Set your feet shoulder-width apart";
    /// Encouragement without data.
    CheerFive => "한 번이면 충분해요, 시작해요", "One squat is enough, let's begin";
    /// The standing calibration begins.
    SayStandStill => "5초만 가만히 서 계세요", "Stand still for five seconds";
    /// Nothing counts: feet or legs are out of the picture.
    SayStepBack => "발까지 보이게 물러서 주세요", "Step back until your feet show";
    /// Nothing counts: the picture lies on its side.
    SayTurnPhone => "휴대폰을 똑바로 세워 주세요", "Turn the phone upright";
    /// Nothing counts: not seen standing.
    SayStandUp => "똑바로 서서 시작해 주세요", "Stand up straight to begin";
    /// Did not count: the feet stepped.
    SayStay => "두 발을 제자리에 두고 앉아 보세요", "Keep both feet in place as you squat";
    /// Did not count: hardly went down.
    SayMoreDepth => "엉덩이를 더 내려야 한 번이에요", "Lower your hips further to make it count";
    /// Did not count: too fast to be a squat.
    SayCalmly => "조금만 더 차분하게 해볼까요?", "Take your time, that was too quick to count";
    /// Did not count: stays down or sits.
    SayAllTheWayUp => "끝까지 일어서야 한 번이에요", "Stand all the way up to finish each squat";
    /// Did not count: the legs moved differently.
    SayBothKnees => "두 무릎을 똑같이 굽혀 주세요", "Bend both knees alike to make it count";
    /// Did not count: the trunk went down.
    SayChestUp => "가슴은 들고 무릎을 굽혀 주세요", "Keep your chest up and bend your knees";
    /// Did not count: the person turned.
    SayFaceSame => "몸을 돌리지 말고 앉아 보세요", "Keep facing the same way as you squat";
    /// Did not count: the person was hidden.
    SayInView => "화면 안에서 천천히 해 주세요", "Stay in the picture while you squat";
    /// The standing calibration is done.
    SayCalibrated => "준비됐어요, 시작하세요", "All set, you can begin";
}

impl Text {
    /// Its name in snake case, the same in every language.
    ///
    /// ```
    /// assert_eq!(squirret::feedback::Text::SayStandStill.id(), "say_stand_still");
    /// ```
    #[must_use]
    pub fn id(self) -> String {
        let mut id = String::new();
        for letter in self.name().chars() {
            if letter.is_ascii_uppercase() && !id.is_empty() {
                id.push('_');
            }
            id.push(letter.to_ascii_lowercase());
        }
        id
    }

    /// What is said of a movement, or of a way of standing, that does not count; `None` where there is nobody to tell, or
    /// nothing to do about it.
    #[must_use]
    pub const fn why_not_counting(reason: NotCounting) -> Option<Self> {
        Some(match reason {
            NotCounting::NotVisible => Self::SayStepBack,
            NotCounting::PhoneTurned => Self::SayTurnPhone,
            NotCounting::NotStanding => Self::SayStandUp,
            NotCounting::Stepping => Self::SayStay,
            NotCounting::TooShallow => Self::SayMoreDepth,
            NotCounting::TooShort => Self::SayCalmly,
            NotCounting::StaysDown | NotCounting::Sitting => Self::SayAllTheWayUp,
            NotCounting::OneSided => Self::SayBothKnees,
            NotCounting::TrunkDown => Self::SayChestUp,
            NotCounting::Turning => Self::SayFaceSame,
            NotCounting::Lost => Self::SayInView,
            NotCounting::NoPerson
            | NotCounting::NoSquat
            | NotCounting::NoForce
            | NotCounting::NoVoltages
            | NotCounting::OneFoot
            | NotCounting::FewSamples
            | NotCounting::Saturated
            | NotCounting::Unloaded
            | NotCounting::MissingSamples
            | NotCounting::NoInput => return None,
        })
    }

    /// The text in `language`.
    ///
    /// ```
    /// use squirret::{Language, feedback::Text};
    /// assert_eq!(Text::KneeGood.wording().in_language(Language::En), "Your knees are well aligned.");
    /// ```
    #[must_use]
    pub const fn say(self, language: Language) -> &'static str {
        self.wording().in_language(language)
    }
}

/// Count of repetitions as it is said; up to ten in words.
#[must_use]
pub fn count(reps: u32, language: Language) -> String {
    const KO: [&str; 10] = [
        "하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉", "열",
    ];
    const EN: [&str; 10] = [
        "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten",
    ];
    let word = |words: [&'static str; 10]| {
        usize::try_from(reps)
            .ok()
            .and_then(|reps| words.get(reps.wrapping_sub(1)).copied())
    };
    match language {
        Language::Ko => word(KO).map_or_else(|| format!("{reps}개!"), |word| format!("{word}!")),
        Language::En => word(EN).map_or_else(|| format!("{reps}!"), |word| format!("{word}!")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_translation_is_missing() {
        for text in Text::ALL {
            let Wording { ko, en } = text.wording();
            let korean = ko.chars().any(|c| ('가'..='힣').contains(&c));
            assert!(korean, "{} has no Korean", text.name());
            assert!(
                !en.trim().is_empty() && en.is_ascii(),
                "{} has no English",
                text.name()
            );
        }
    }

    #[test]
    fn voice_texts_are_short_enough_to_be_said_between_two_movements() {
        let spoken = ["Say", "Praise", "Steady", "Cheer"];
        let is_spoken = |text: &&Text| spoken.iter().any(|prefix| text.name().starts_with(prefix));
        for text in Text::ALL.iter().filter(is_spoken) {
            let Wording { ko, en } = text.wording();
            assert!(ko.chars().count() <= MAX_VOICE_KO, "{ko}");
            assert!(en.chars().count() <= MAX_VOICE_EN, "{en}");
        }
        for reps in [0, 1, 10, 11, u32::MAX] {
            assert!(count(reps, Language::Ko).chars().count() <= MAX_VOICE_KO);
            assert!(count(reps, Language::En).chars().count() <= MAX_VOICE_EN);
        }
    }

    #[test]
    fn no_two_texts_are_the_same() {
        for language in [Language::Ko, Language::En] {
            let texts: HashSet<_> = Text::ALL.iter().map(|text| text.say(language)).collect();
            assert_eq!(texts.len(), Text::ALL.len());
        }
    }

    #[test]
    fn the_originals_wording_stands_where_it_is_known() {
        assert_eq!(
            Text::FrontTooMuch.wording().ko,
            "체중이 앞쪽으로 쏠렸습니다. 뒤꿈치로 눌러주세요."
        );
        assert_eq!(
            Text::InnerTooMuch.wording().ko,
            "무릎이 안쪽으로 모이고 있습니다."
        );
        assert_eq!(
            Text::LeftRightUneven.wording().ko,
            "양발에 체중을 균등하게 분배하세요."
        );
        assert_eq!(
            Text::KneeBad.wording().ko,
            "무릎이 안쪽으로 무너지고 있습니다. 정렬을 유지하세요."
        );
        assert_eq!(Text::SayForward.wording().ko, "뒤꿈치를 좀 더 누르세요");
    }

    #[test]
    fn repetitions_are_counted_in_words_up_to_ten() {
        assert_eq!(count(1, Language::Ko), "하나!");
        assert_eq!(count(10, Language::En), "Ten!");
        assert_eq!(count(11, Language::Ko), "11개!");
    }
}
