//! A whole workout, as the user hears it.

use super::{
    person::{GOOD, Person, Style},
    *,
};
use crate::coach::record::{Head, Record, Replay};

const KNEES_IN: Style = Style { knees: 0.6, ..GOOD };
const ON_TOES: Style = Style {
    on_toes: true,
    ..GOOD
};
const SHALLOW: Style = Style {
    depth: 0.55,
    ..GOOD
};
const LEFT: Style = Style { left: 66.0, ..GOOD };

fn workout(language: Language) -> Person {
    let mut person = Person::new(language);
    person.absent(22.0);
    person.stand(3.0);
    person.input(Input::Command(Command::Start));
    person.stand(11.0);
    for style in [
        GOOD, GOOD, KNEES_IN, KNEES_IN, KNEES_IN, GOOD, GOOD, GOOD, GOOD, GOOD,
    ] {
        person.rep(style);
    }
    person.stand(30.0);
    for style in [
        GOOD, SHALLOW, SHALLOW, SHALLOW, GOOD, GOOD, GOOD, ON_TOES, ON_TOES, ON_TOES,
    ] {
        person.rep(style);
    }
    person.stand(30.0);
    for style in [GOOD, GOOD, LEFT, LEFT, LEFT, LEFT, GOOD, GOOD, GOOD, GOOD] {
        person.rep(style);
    }
    person.stand(3.0);
    person.input(Input::Command(Command::Stop));
    person
}

#[test]
fn a_whole_workout_reads_like_a_good_trainer_in_english() {
    let person = workout(Language::En);
    insta::assert_snapshot!(person.heard(), @r"
    00:10  Start slowly when you are ready
    00:20  Take a breath and stand at ease
    00:30  Stand still for five seconds
    00:38      (1)
    00:41      (2)
    00:44      (3)
    00:47      (4)
    00:47  Push your knees out
    00:50      (5)
    00:54      (6)
    00:57      (7)
    01:00      (8)
    01:00  Good, your knees are in line now
    01:03      (9)
    01:06      (10)
    01:40      (11)
    01:43      (12)
    01:46      (13)
    01:46  Sit a little deeper
    01:49      (14)
    01:52      (15)
    01:56      (16)
    01:59      (17)
    01:59  Good, that is deep enough
    02:02      (18)
    02:05      (19)
    02:08      (20)
    02:10  Keep your heels on the floor
    02:42      (21)
    02:45      (22)
    02:48      (23)
    02:51      (24)
    02:51  Put equal weight on both feet
    02:55      (25)
    02:58      (26)
    03:01      (27)
    03:04      (28)
    03:07      (29)
    03:07  Good, your balance is even now
    03:10      (30)
    ");
    insta::assert_snapshot!(person.coach.workout().summary(Language::En), @"You did 30 squats in 3 sets, with a mean score of 90. 17 of them had nothing to correct. Next time, work on this first: Put equal weight on both feet.");
}

#[test]
fn a_whole_workout_reads_like_a_good_trainer_in_korean() {
    let person = workout(Language::Ko);
    insta::assert_snapshot!(person.heard(), @r"
    00:10  준비되면 천천히 시작해요
    00:20  숨을 고르고 편하게 서 보세요
    00:30  5초만 가만히 서 계세요
    00:38      (1)
    00:41      (2)
    00:44      (3)
    00:47      (4)
    00:47  무릎을 바깥쪽으로 밀어 주세요
    00:50      (5)
    00:54      (6)
    00:57      (7)
    01:00      (8)
    01:00  좋아요, 무릎이 잘 잡혔어요
    01:03      (9)
    01:06      (10)
    01:40      (11)
    01:43      (12)
    01:46      (13)
    01:46  조금만 더 깊이 앉아 보세요
    01:49      (14)
    01:52      (15)
    01:56      (16)
    01:59      (17)
    01:59  좋아요, 깊이가 충분해요
    02:02      (18)
    02:05      (19)
    02:08      (20)
    02:10  뒤꿈치를 바닥에 붙이세요
    02:42      (21)
    02:45      (22)
    02:48      (23)
    02:51      (24)
    02:51  양발에 체중을 똑같이 실어 주세요
    02:55      (25)
    02:58      (26)
    03:01      (27)
    03:04      (28)
    03:07      (29)
    03:07  좋아요, 균형이 잡혔어요
    03:10      (30)
    ");
    insta::assert_snapshot!(person.coach.workout().summary(Language::Ko), @"스쿼트 30회를 3세트로 마쳤어요. 평균 점수는 90점이에요. 그중 17회는 고칠 점이 없었어요. 다음에는 이것부터 연습해 보세요: 양발에 체중을 똑같이 실어 주세요.");
}

#[test]
fn a_workout_has_its_sets_its_best_and_its_worst() {
    let workout = workout(Language::En).coach.workout();
    assert_eq!(
        workout
            .sets
            .iter()
            .map(|set| set.reps.len())
            .collect::<Vec<_>>(),
        [10, 10, 10]
    );
    assert_eq!(
        (workout.reps, workout.sets[1].rest_seconds > 20.0),
        (30, true)
    );
    let (best, worst) = (
        workout.best.clone().unwrap(),
        workout.worst.clone().unwrap(),
    );
    assert!(best.score > worst.score);
    assert!(workout.clean_reps >= 15);
    let json = serde_json::to_string(&workout).unwrap();
    assert_eq!(serde_json::from_str::<Workout>(&json).unwrap(), workout);
}

#[test]
fn the_same_inputs_give_the_same_outputs_byte_for_byte() {
    let told = || {
        let events = workout(Language::Ko).events;
        events
            .iter()
            .map(|(_, event)| serde_json::to_string(event).unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(told(), told());
}

#[test]
fn a_replayed_recording_says_exactly_what_the_live_session_said() {
    let person = workout(Language::Ko);
    let mut replay = Replay::new(Head::new(CoachConfig::default(), Language::Ko, START)).unwrap();
    let mut events = Vec::new();
    for line in &person.lines {
        let record = Record::from_line(line).unwrap();
        replay
            .take(&record, |now, event| events.push((now, event.clone())))
            .unwrap();
    }
    assert_eq!(events, person.events);
    assert_eq!(replay.coach().workout(), person.coach.workout());
    assert!(person.lines.len() > 10_000);
}

#[test]
fn a_workout_without_a_squat_is_not_praised() {
    let mut person = Person::new(Language::En);
    person.stand(10.0);
    insta::assert_snapshot!(person.coach.workout().summary(Language::En), @"No squats were recorded this time. No movement looked like a squat. Let's begin together next time!");
}
