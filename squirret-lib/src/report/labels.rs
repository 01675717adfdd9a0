//! The report's words, in Korean and English.

use crate::{
    coach::Trend,
    feedback::{FaultKind, Wording},
    verdict::{Language, Reason, Rule, Source, Unit},
};

const fn text(ko: &'static str, en: &'static str) -> Wording {
    Wording { ko, en }
}

/// The name of what a rule judges: the same on the live page and in the report.
pub(super) const fn rule(rule: Rule) -> Wording {
    match rule {
        Rule::FrontShare => text("앞발 무게", "Forefoot weight"),
        Rule::InnerShare => text("발 안쪽 무게", "Inner-foot weight"),
        Rule::OuterShare => text("발 바깥쪽 무게", "Outer-foot weight"),
        Rule::HeelShare => text("뒤꿈치 무게", "Heel weight"),
        Rule::RearShare => text("발 뒤쪽 무게", "Rearfoot weight"),
        Rule::InnerOuterDiff => text("발 안팎 균형", "Inside and outside of the foot"),
        Rule::LeftRightDiff => text("좌우 무게 균형", "Left and right weight"),
        Rule::CopForward => text("중심 앞쏠림", "Weight too far forward"),
        Rule::HeelLift => text("뒤꿈치 들림", "Heels lift"),
        Rule::Depth => text("깊이", "Depth"),
        Rule::KneeSeparation => text("무릎 모임", "Knees cave in"),
        Rule::KneeProjectionAngle => text("무릎 꺾임", "Knee turns in"),
        Rule::TrunkLean => text("상체 숙임", "Leaning forward"),
        Rule::TrunkSideways => text("상체 기울어짐", "Leaning sideways"),
        Rule::HipShift => text("골반 쏠림", "Hips shift"),
        Rule::BackRounding => text("등 굽음", "Back rounds"),
        Rule::DescentTempo => text("빠른 내려가기", "Too fast down"),
        Rule::SideDifference => text("좌우 높이 차이", "Uneven sides"),
    }
}

/// Why something was not assessed.
pub(super) const fn reason(reason: Reason) -> Wording {
    match reason {
        Reason::NoData => text("데이터가 없었어요", "No data"),
        Reason::View => text(
            "카메라 방향에서는 안 보였어요",
            "Not visible from the camera's side",
        ),
        Reason::Noise => text(
            "측정이 정밀하지 않아 가릴 수 없었어요",
            "Measured too coarsely to tell",
        ),
        Reason::PhoneTurned => text(
            "화면이 돌아가 있어요. 휴대폰을 바로 세워 주세요",
            "The picture was turned: set the phone upright",
        ),
        Reason::NotVisible => text("필요한 부위가 잘 안 보였어요", "Not visible well enough"),
        Reason::NoBaseline => text("서 있는 기준 자세가 없었어요", "No standing baseline"),
        Reason::Stage => text("이 단계에서는 보지 않아요", "Judged in another stage"),
        Reason::Sensor => text("센서 신호가 없었어요", "Sensors sent nothing"),
        Reason::Skeleton => text("이 모델은 그 부위를 찾지 않아요", "Not found by this model"),
    }
}

/// How to practise against a mistake.
pub(super) const fn practice(kind: FaultKind) -> Wording {
    match kind {
        FaultKind::Trunk => text(
            "팔을 앞으로 뻗고 상자에 앉듯 천천히 내려가며 가슴을 세우세요. 내려가기 전에 배에 힘을 주세요.",
            "Keep the chest up: squat to a box with the arms held forward, and brace before you go down.",
        ),
        FaultKind::Sideways => text(
            "거울 앞에서 골반을 수평으로 두고 천천히 앉아, 가장 낮은 곳에서 잠깐 멈춰 좌우를 맞춰보세요.",
            "Squat slowly before a mirror with level hips, and pause at the bottom to even out both sides.",
        ),
        FaultKind::KneesIn => text(
            "무릎을 발끝 방향으로 밀어내세요. 무릎 위에 가벼운 밴드를 걸면 느낌을 잡기 쉬워요.",
            "Push the knees out over the toes; a light band above the knees helps to feel it.",
        ),
        FaultKind::Forward => text(
            "뒤꿈치를 붙인 채 3초에 걸쳐 내려가며 발바닥 전체에 고르게 힘을 느껴보세요.",
            "Keep the heels down: lower yourself in three seconds and feel the whole foot carry.",
        ),
        FaultKind::Backward => text(
            "앉을 때 팔을 앞으로 뻗어 무게를 발 가운데로 가져오세요.",
            "Reach the arms forward while you sit down, and bring the weight over the middle of the foot.",
        ),
        FaultKind::Inward => text(
            "엄지발가락을 붙인 채 발 바깥쪽을 살짝 눌러 발 아치를 세우세요.",
            "Lift the arches: keep the big toe down and press the outer edge of the foot lightly.",
        ),
        FaultKind::Outward => text(
            "엄지발가락으로 바닥을 누르고 무릎이 발끝을 따라가게 하세요.",
            "Press the big toe into the floor and let the knees follow the toes.",
        ),
        FaultKind::LeftRight => text(
            "절반쯤 내려간 곳에서 잠깐 멈춰 두 발이 똑같이 누르는지 확인해 보세요.",
            "Pause halfway down and check that both feet press alike.",
        ),
        FaultKind::Ankles => text(
            "한 발로 20초씩 서는 연습으로 발목을 안정시켜보세요.",
            "Stand on one leg for 20 seconds a side to steady the ankles.",
        ),
        FaultKind::Shallow => text(
            "의자에 앉듯 내려가되, 익숙해지면 의자를 조금씩 낮춰보세요. 뒤꿈치는 붙이세요.",
            "Sit down to a chair and lower it little by little; keep the heels down.",
        ),
        FaultKind::Fast => text(
            "내려갈 때 속으로 둘을 센 뒤 올라오세요.",
            "Count to two on the way down before you rise.",
        ),
    }
}

pub(super) const NOTHING_TO_CORRECT: Wording = text(
    "살펴본 것 중에는 고칠 점이 없었어요. 한두 번 더 하거나 세트를 늘려 보세요.",
    "There was nothing to correct in what was assessed: add a repetition or a set.",
);
pub(super) const ONLY_SLIPS: Wording = text(
    "같은 실수가 되풀이되지 않았어요. 지금처럼 차분하게 이어 가세요.",
    "No mistake came twice: go on as calmly as now.",
);
pub(super) const NOTHING_ASSESSED: Wording = text(
    "자세를 살펴볼 수 없었어요. 카메라에 온몸이 보이는지, 깔창이 연결됐는지 확인해 주세요.",
    "Form could not be assessed: check that the camera sees the whole body and the insoles are connected.",
);

/// What changed against the mean of `count` workouts before.
pub(super) fn comparison(change: Option<f64>, count: usize, language: Language) -> String {
    let ko = language == Language::Ko;
    let before = if count == 1 {
        "the workout before".to_owned()
    } else {
        format!("the {count} workouts before")
    };
    match change.map(|change| change.round()) {
        None if ko => format!("지난 운동 {count}회와 견줄 점수가 없어요."),
        None => format!("There is no score to compare with {before}."),
        Some(0.0) if ko => format!("평균 점수가 지난 운동 {count}회와 같아요."),
        Some(0.0) => format!("The mean score is that of {before}."),
        Some(change) if ko => {
            let way = if change > 0.0 {
                "높아요"
            } else {
                "낮아요"
            };
            format!(
                "평균 점수가 지난 운동 {count}회보다 {:.0}점 {way}.",
                change.abs()
            )
        }
        Some(change) => {
            let way = if change > 0.0 { "above" } else { "below" };
            let points = if change.abs() < 1.5 {
                "point"
            } else {
                "points"
            };
            format!(
                "The mean score is {:.0} {points} {way} that of {before}.",
                change.abs()
            )
        }
    }
}

/// Labels of the page.
macro_rules! labels {
    ($($name:ident: $ko:literal, $en:literal;)*) => {
        $(pub(super) const $name: Wording = text($ko, $en);)*
    };
}

labels! {
    DOWN: "내려가기", "down";
    HOLD: "머물기", "bottom";
    UP: "올라오기", "up";
    NO_FAULT: "고칠 점 없음", "nothing to correct";
    SOME_FAULT: "고칠 점 있음", "something to correct";
    NEARLY: "조금", "slightly";
    DETAILS: "자세히", "Details";
    SESSION: "세션", "Session";
    PRINT: "인쇄", "Print";
    SHARE: "공유", "Share";
    TITLE: "스쿼트 리포트", "Squat report";
    DEAD_TITLE: "리포트를 열 수 없어요", "This report cannot be opened";
    DEAD_WHY: "링크가 하루가 지나 만료됐거나, 주소가 빠짐없이 복사되지 않았어요.",
        "The link has ended, as links do after a day, or its address was not copied whole.";
    DEAD_WHAT: "운동한 기기에서 리포트를 다시 열면 새 링크가 생겨요.",
        "Open the report again on the device that you trained with: that makes a new link.";
    REPS: "횟수", "Repetitions";
    CLEAN: "고칠 점 없음", "Nothing to correct";
    SCORE: "점수", "Score";
    MEAN_SCORE: "평균 점수", "Mean score";
    DEPTH: "깊이", "Depth";
    MEAN_DEPTH: "평균 깊이", "Mean depth";
    SETS: "세트", "Sets";
    TEMPO: "템포", "Tempo";
    TEMPO_HELP: "초", "seconds";
    TEMPO_SHORT: "내려가기 / 올라오기, 초", "down / up, seconds";
    BALANCE: "좌우 균형", "Left and right";
    LEFT_SHARE: "왼발에 실린 무게, %", "weight on the left foot, %";
    CENTRE: "압력 중심", "Centre of pressure";
    CENTRE_HELP: "한 줄이 한 회, 위가 발끝", "a line a repetition, toes up";
    DEPTH_HELP: "%, 허벅지가 수평이면 100", "%, 100 is thighs parallel";
    PLOTS: "그래프", "Plots";
    EACH: "회별 기록", "Each repetition";
    NUMBER: "번호", "No.";
    KNEE: "무릎 굽힘", "Knee bend";
    LEFT: "왼발", "Left";
    FAULTS: "점수를 잃은 곳", "What cost points";
    FOUND: "살펴본 것", "What was assessed";
    RULE: "항목", "What";
    HOW_OFTEN: "고칠 점", "At fault";
    WORST: "가장 아쉬웠던 때", "Furthest off";
    SOURCE: "무엇으로 봤나", "Seen by";
    NOT_ASSESSED: "살펴보지 못한 것", "What was not assessed";
    PRACTISE: "다음에 연습할 것", "What to practise";
    BEFORE: "지난 운동과 비교", "Against earlier workouts";
    WHEN: "언제", "When";
    TODAY: "이번", "This one";
    NONE: "없음", "none";
    NO_DATA: "자료 없음", "no data";
    MORE: "나머지는 CSV에 있어요. 여기 없는 횟수:", "The rest is in the CSV. Repetitions not shown:";
    TREND_SCORE: "뒤로 갈수록", "towards the end";
    FOOTER: "살펴보지 못한 것은 좋다고도 나쁘다고도 하지 않아요. 의학적 조언이 아니에요.",
        "What was not assessed is called neither good nor bad. This is no medical advice.";
}

/// How something changed.
pub(super) const fn trend(trend: Trend) -> Wording {
    match trend {
        Trend::Better => text("좋아짐", "better"),
        Trend::Steady => text("그대로", "steady"),
        Trend::Worse => text("나빠짐", "worse"),
    }
}

/// Whose data something rests on.
pub(super) const fn source(source: Source) -> Wording {
    match source {
        Source::Insole => text("깔창", "insoles"),
        Source::Camera => text("카메라", "camera"),
        Source::Both => text("깔창과 카메라", "insoles and camera"),
    }
}

/// A fault in words: its direction, what was measured, and what it should have been.
pub(super) fn measured(
    rule: Rule,
    value: f64,
    threshold: f64,
    unit: Unit,
    language: Language,
) -> String {
    let is_low = value < threshold;
    let what = direction(rule, is_low).in_language(language);
    let (value, limit) = (
        number(value, unit, language),
        number(threshold, unit, language),
    );
    let against = reference(rule, unit).in_language(language);
    let ko = language == Language::Ko;
    match (ko, is_low) {
        (true, true) => format!("{what}: {against}{value} ({limit} 이상이어야 해요)"),
        (true, false) => format!("{what}: {against}{value} ({limit}까지 괜찮아요)"),
        (false, true) => format!("{what}: {value}{against} (at least {limit})"),
        (false, false) => format!("{what}: {value}{against} (up to {limit})"),
    }
}

/// What is wrong, for a value below its limit or above it.
const fn direction(rule: Rule, is_low: bool) -> Wording {
    match (rule, is_low) {
        (Rule::FrontShare, true) => text(
            "앞발에 무게가 너무 적게",
            "too little weight on the forefoot",
        ),
        (Rule::FrontShare, false) => {
            text("앞발에 무게가 너무 많이", "too much weight on the forefoot")
        }
        (Rule::InnerShare, true) => text(
            "발 안쪽에 무게가 너무 적게",
            "too little weight on the inside of the foot",
        ),
        (Rule::InnerShare, false) => text(
            "발 안쪽에 무게가 너무 많이",
            "too much weight on the inside of the foot",
        ),
        (Rule::OuterShare, true) => text(
            "발 바깥쪽에 무게가 너무 적게",
            "too little weight on the outside of the foot",
        ),
        (Rule::OuterShare, false) => text(
            "발 바깥쪽에 무게가 너무 많이",
            "too much weight on the outside of the foot",
        ),
        (Rule::HeelShare, true) => {
            text("뒤꿈치에 무게가 너무 적게", "too little weight on the heel")
        }
        (Rule::HeelShare, false) => {
            text("뒤꿈치에 무게가 너무 많이", "too much weight on the heel")
        }
        (Rule::RearShare, true) => text(
            "발 뒤쪽에 무게가 너무 적게",
            "too little weight on the rearfoot",
        ),
        (Rule::RearShare, false) => text(
            "발 뒤쪽에 무게가 너무 많이",
            "too much weight on the rearfoot",
        ),
        (Rule::InnerOuterDiff, _) => text(
            "발 안팎의 무게가 다르게",
            "uneven weight on the inside and outside of the foot",
        ),
        (Rule::LeftRightDiff, _) => text("양발의 무게가 다르게", "uneven weight on the two feet"),
        (Rule::CopForward, _) => text("무게 중심이 너무 앞으로", "weight too far forward"),
        (Rule::HeelLift, _) => text("뒤꿈치가 들림", "heels came up"),
        (Rule::Depth, _) => text("덜 깊게", "not deep enough"),
        (Rule::KneeSeparation, _) => text("무릎이 안으로 모임", "knees came together"),
        (Rule::KneeProjectionAngle, _) => text("무릎이 안으로 꺾임", "knee turned in"),
        (Rule::TrunkLean, _) => text("상체를 너무 숙임", "leaned too far forward"),
        (Rule::TrunkSideways, _) => text("상체가 옆으로 기욺", "leaned sideways"),
        (Rule::HipShift, _) => text("골반이 옆으로 쏠림", "hips shifted sideways"),
        (Rule::BackRounding, _) => text("등이 굽음", "back rounded"),
        (Rule::DescentTempo, _) => text("너무 빨리 내려감", "went down too fast"),
        (Rule::SideDifference, _) => text("한쪽이 더 내려감", "one side dropped lower"),
    }
}

/// What a value is measured against: in Korean it stands before the value, in English after it.
const fn reference(rule: Rule, unit: Unit) -> Wording {
    match (rule, unit) {
        (Rule::KneeProjectionAngle, _) => text("서 있을 때보다 ", " beyond own standing"),
        (Rule::KneeSeparation, _) => text("발목 간격의 ", " of the distance between the ankles"),
        (Rule::TrunkSideways | Rule::HipShift, _) => text(
            "서 있을 때보다 어깨너비의 ",
            " of shoulder width beyond own standing",
        ),
        (Rule::SideDifference, _) => text(
            "서 있을 때보다 허벅지 길이의 ",
            " of the thigh beyond own standing",
        ),
        (Rule::BackRounding, _) => text(
            "서 있을 때보다 상체 길이의 ",
            " of the trunk shorter than standing",
        ),
        (Rule::HeelLift, Unit::Ratio) => text("정강이 길이의 ", " of the shank off the floor"),
        (Rule::HeelLift, _) => text("뒤꿈치에 ", " of the weight on the heels"),
        (Rule::TrunkLean, _) => text("정강이보다 ", " beyond the shank"),
        (Rule::Depth, Unit::Degrees) => text("무릎 굽힘 ", " of knee bend"),
        (Rule::Depth, _) => text("허벅지 수평의 ", " of thighs parallel"),
        (Rule::CopForward, _) => text("발 길이의 ", " of the foot's length"),
        _ => text("", ""),
    }
}

/// A number with its unit; a ratio is shown as a percentage.
fn number(value: f64, unit: Unit, language: Language) -> String {
    match (unit, language) {
        (Unit::Percent, _) => format!("{value:.0} %"),
        (Unit::Ratio, _) => format!("{:.0} %", value * 100.0),
        (Unit::Degrees, _) => format!("{value:.0}°"),
        (Unit::Seconds, Language::Ko) => format!("{value:.1}초"),
        (Unit::Seconds, Language::En) => format!("{value:.1} s"),
    }
}
