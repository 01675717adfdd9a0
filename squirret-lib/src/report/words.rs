//! The report's words, in Korean and English.

use crate::{
    coach::Trend,
    feedback::{Kind, Wording},
    verdict::{Language, Reason, Rule, Source, Unit},
};

const fn text(ko: &'static str, en: &'static str) -> Wording {
    Wording { ko, en }
}

/// What a rule judges, as people say it.
pub(super) const fn rule(rule: Rule) -> Wording {
    match rule {
        Rule::FrontShare => text("앞발에 실린 무게", "Weight on the forefoot"),
        Rule::InnerShare => text("발 안쪽에 실린 무게", "Weight on the inside of the foot"),
        Rule::OuterShare => text("발 바깥쪽에 실린 무게", "Weight on the outside of the foot"),
        Rule::HeelShare => text("뒤꿈치에 실린 무게", "Weight on the heel"),
        Rule::RearShare => text("뒷발에 실린 무게", "Weight on the rearfoot"),
        Rule::InnerOuterDiff => text("발 안팎의 차이", "Inside against outside of the foot"),
        Rule::LeftRightDiff => text("좌우 발의 차이", "Left against right foot"),
        Rule::CopForward => text("압력 중심의 앞쏠림", "Centre of pressure too far forward"),
        Rule::HeelLift => text("뒤꿈치 들림", "Heels lift"),
        Rule::Depth => text("깊이", "Depth"),
        Rule::KneeSeparation => text("무릎 모임", "Knees fall inward"),
        Rule::KneeProjectionAngle => text("무릎의 안쪽 각도", "Inward angle of the knee"),
        Rule::TrunkLean => text("상체 앞숙임", "Trunk leans forward"),
        Rule::TrunkSideways => text("상체 옆기울임", "Trunk leans sideways"),
        Rule::HipShift => text("골반 옆이동", "Hips shift sideways"),
        Rule::BackRounding => text("등 굽음", "Back rounds"),
        Rule::DescentTempo => text("내려가는 속도", "Speed going down"),
        Rule::SideDifference => text("좌우 높이 차이", "Left and right differ in height"),
    }
}

/// Why something was not assessed.
pub(super) const fn reason(reason: Reason) -> Wording {
    match reason {
        Reason::NoData => text(
            "볼 수 있는 데이터가 없었습니다",
            "there were no data for it",
        ),
        Reason::View => text(
            "카메라 방향에서 보이지 않습니다",
            "the camera's view does not show it",
        ),
        Reason::NotVisible => text(
            "필요한 부위가 잘 보이지 않았습니다",
            "what it needs was not visible enough",
        ),
        Reason::NoBaseline => text(
            "서 있는 기준 자세가 없었습니다",
            "there was no standing baseline",
        ),
        Reason::Stage => text(
            "이 단계에서는 보지 않습니다",
            "it is judged in another stage",
        ),
        Reason::Sensor => text(
            "센서가 신호를 주지 않았습니다",
            "sensors that it needs gave nothing",
        ),
        Reason::Skeleton => text(
            "이 모델은 그 부위를 찾지 않습니다",
            "the model has no points for it",
        ),
        Reason::Noise => text(
            "차이를 가리기에는 측정이 정밀하지 않습니다",
            "the measurement was too coarse to tell",
        ),
        Reason::PhoneTurned => text(
            "화면이 돌아가 있습니다. 휴대폰을 바로 세워주세요",
            "the picture was turned: set the phone upright",
        ),
    }
}

/// How to practise against a mistake.
pub(super) const fn practice(kind: Kind) -> Wording {
    match kind {
        Kind::Trunk => text(
            "팔을 앞으로 뻗고 상자에 앉듯 천천히 내려가며 가슴을 세우세요. 내려가기 전에 배에 힘을 줍니다.",
            "Keep the chest up: squat to a box with the arms held forward, and brace before you go down.",
        ),
        Kind::Sideways => text(
            "거울 앞에서 골반을 수평으로 두고 천천히 앉아, 가장 낮은 곳에서 잠깐 멈춰 좌우를 맞춰보세요.",
            "Squat slowly before a mirror with level hips, and pause at the bottom to even out both sides.",
        ),
        Kind::KneesIn => text(
            "무릎을 발끝 방향으로 밀어내세요. 무릎 위에 가벼운 밴드를 걸면 느낌을 잡기 쉽습니다.",
            "Push the knees out over the toes; a light band above the knees helps to feel it.",
        ),
        Kind::Forward => text(
            "뒤꿈치를 붙인 채 3초에 걸쳐 내려가며 발바닥 전체에 고르게 힘을 느껴보세요.",
            "Keep the heels down: lower yourself in three seconds and feel the whole foot carry.",
        ),
        Kind::Backward => text(
            "앉을 때 팔을 앞으로 뻗어 무게를 발 가운데로 가져오세요.",
            "Reach the arms forward while you sit down, and bring the weight over the middle of the foot.",
        ),
        Kind::Inward => text(
            "엄지발가락을 붙인 채 발 바깥쪽을 살짝 눌러 발 아치를 세우세요.",
            "Lift the arches: keep the big toe down and press the outer edge of the foot lightly.",
        ),
        Kind::Outward => text(
            "엄지발가락으로 바닥을 누르고 무릎이 발끝을 따라가게 하세요.",
            "Press the big toe into the floor and let the knees follow the toes.",
        ),
        Kind::LeftRight => text(
            "절반쯤 내려간 곳에서 잠깐 멈춰 두 발이 똑같이 누르는지 확인해보세요.",
            "Pause halfway down and check that both feet press alike.",
        ),
        Kind::Ankles => text(
            "한 발로 20초씩 서는 연습으로 발목을 안정시켜보세요.",
            "Stand on one leg for 20 seconds a side to steady the ankles.",
        ),
        Kind::Shallow => text(
            "의자에 앉듯 내려가되, 익숙해지면 의자를 조금씩 낮춰보세요. 뒤꿈치는 붙입니다.",
            "Sit down to a chair and lower it little by little; keep the heels down.",
        ),
        Kind::Fast => text(
            "내려갈 때 속으로 둘을 센 뒤 올라오세요.",
            "Count to two on the way down before you rise.",
        ),
    }
}

pub(super) const NOTHING_TO_CORRECT: Wording = text(
    "본 것 가운데 고칠 점이 없었습니다. 한두 회를 더하거나 세트를 늘려보세요.",
    "There was nothing to correct in what was assessed: add a repetition or a set.",
);
pub(super) const ONLY_SLIPS: Wording = text(
    "같은 실수가 되풀이되지 않았습니다. 지금처럼 천천히 이어가세요.",
    "No mistake came twice: go on as calmly as now.",
);
pub(super) const NOTHING_ASSESSED: Wording = text(
    "자세를 볼 수 없었습니다. 카메라에 온몸이 보이는지, 깔창이 연결되었는지 확인하세요.",
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
        None if ko => format!("지난 운동 {count}회와 견줄 점수가 없습니다."),
        None => format!("There is no score to compare with {before}."),
        Some(0.0) if ko => format!("평균 점수가 지난 운동 {count}회와 같습니다."),
        Some(0.0) => format!("The mean score is that of {before}."),
        Some(change) if ko => {
            let way = if change > 0.0 {
                "높습니다"
            } else {
                "낮습니다"
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
    TITLE: "스쿼트 리포트", "Squat report";
    SESSION: "세션", "Session";
    REPS: "횟수", "Repetitions";
    CLEAN: "지적 없음", "Nothing to correct";
    SCORE: "점수", "Score";
    MEAN_SCORE: "평균 점수", "Mean score";
    DEPTH: "깊이", "Depth";
    MEAN_DEPTH: "평균 깊이", "Mean depth";
    SETS: "세트", "Sets";
    TEMPO: "템포", "Tempo";
    TEMPO_HELP: "내려가기 · 머물기 · 올라오기, 초", "down · bottom · up, seconds";
    TEMPO_SHORT: "내려가기 / 올라오기, 초", "down / up, seconds";
    BALANCE: "좌우 균형", "Left and right";
    LEFT_SHARE: "왼발에 실린 무게, %", "weight on the left foot, %";
    CENTRE: "압력 중심", "Centre of pressure";
    CENTRE_HELP: "두 발 사이, 한 줄이 한 회; 위가 발끝", "between the feet, a line a repetition; toes up";
    DEPTH_HELP: "%; 100: 허벅지가 수평", "%; 100: thighs parallel";
    PLOTS: "그래프", "Plots";
    EACH: "회별 기록", "Each repetition";
    NUMBER: "번호", "No.";
    KNEE: "무릎 굽힘", "Knee bend";
    LEFT: "왼발", "Left";
    FAULTS: "지적", "Faults";
    FOUND: "본 것과 그 근거", "What was assessed, on what evidence";
    RULE: "항목", "What";
    HOW_OFTEN: "지적된 횟수", "At fault";
    WORST: "가장 컸던 값", "Furthest off";
    LIMIT: "기준", "held against";
    SOURCE: "출처", "Source";
    NOT_ASSESSED: "보지 못한 것", "What was not assessed";
    PRACTISE: "다음에 연습할 것", "What to practise";
    BEFORE: "지난 운동과 비교", "Against earlier workouts";
    WHEN: "때", "When";
    TODAY: "이번", "This one";
    NONE: "없음", "none";
    NO_DATA: "자료 없음", "no data";
    MORE: "나머지는 CSV에 있습니다. 보이지 않는 횟수:", "The rest is in the CSV. Repetitions not shown:";
    TREND_SCORE: "뒤로 갈수록", "towards the end";
    FOOTER: "보지 못한 것은 좋다고도 나쁘다고도 하지 않습니다. 의학적 조언이 아닙니다.",
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

/// A unit behind its number.
pub(super) const fn unit(unit: Unit) -> Wording {
    match unit {
        Unit::Percent => text(" %", " %"),
        Unit::Degrees => text("°", "°"),
        Unit::Seconds => text("초", " s"),
        Unit::Ratio => text("", ""),
    }
}
