//! Squats by force over HTTP, as radios, buffers and clocks of insoles deliver them, and what listeners get of them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use squirret::{
    fsr::Side,
    sim::{Plan, Squatter},
};
use tokio::time::{sleep_until, timeout};

use crate::support::*;

const SQUATS: i64 = 3;
const HERTZ: u64 = 10;

/// How a pair of insoles sends.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    /// Each second ten samples of each foot, stamped by `millis()`.
    BurstOfMillis,
    /// Each second, without `ts`.
    BurstWithoutStamps,
    /// Each second, by a clock that is five minutes behind.
    BurstBehind,
    /// Ten times a second, in whole seconds of the epoch.
    WholeSeconds,
    /// Ten times a second, each two uploads in the other order.
    NeighboursSwapped,
    /// Ten times a second; one upload of the first descent gets lost.
    OneLostPair,
    /// Ten times a second, stamped as if it were 1970.
    Since1970,
    /// Ten times a second; all sensors of the left foot stand at full scale.
    Saturated,
    /// Ten times a second, without voltages.
    RatiosOnly,
    /// Five times a second.
    FiveHertz,
    /// Ten times a second; nobody squats.
    Standing,
    /// Ten times a second; the left foot is not there.
    OneFoot,
}

const COUNTED: [Kind; 7] = [
    Kind::BurstOfMillis,
    Kind::BurstWithoutStamps,
    Kind::BurstBehind,
    Kind::WholeSeconds,
    Kind::NeighboursSwapped,
    Kind::OneLostPair,
    Kind::Since1970,
];

const NOT_COUNTED: [(Kind, &str); 5] = [
    (Kind::Saturated, "saturated"),
    (Kind::RatiosOnly, "no_voltages"),
    (Kind::FiveHertz, "few_samples"),
    (Kind::Standing, "no_squat"),
    (Kind::OneFoot, "one_foot"),
];

/// Somebody on insoles.
struct Person {
    kind: Kind,
    session: String,
    squatter: Squatter,
    start: Instant,
    started_at: i64,
}

impl Person {
    fn new(kind: Kind, session: &str) -> Self {
        let mut plan = Plan::default();
        plan.reps = Some(if kind == Kind::Standing {
            0
        } else {
            SQUATS as u32
        });
        plan.lead_seconds = 4.0;
        Self {
            kind,
            session: session.to_owned(),
            squatter: Squatter::new(plan, 7),
            start: Instant::now(),
            started_at: unix_millis(),
        }
    }

    /// Both feet `ms` after the start.
    fn measure(&self, ms: u64) -> Vec<Value> {
        let feet = Side::BOTH.into_iter();
        let feet = feet.filter(|side| self.kind != Kind::OneFoot || *side == Side::Right);
        feet.map(|side| self.sample(side, ms)).collect()
    }

    fn sample(&self, side: Side, ms: u64) -> Value {
        let mut sample = json!({ "side": side, "sessionId": self.session });
        let at = self.started_at + ms as i64;
        match self.kind {
            Kind::BurstOfMillis => sample["ts"] = (81_234 + ms).into(),
            Kind::BurstBehind => sample["ts"] = (at - 300_000).into(),
            Kind::WholeSeconds => sample["ts"] = (at / 1_000).into(),
            Kind::Since1970 => {
                let (seconds, ms) = (12 + ms / 1_000, ms % 1_000);
                sample["ts"] = format!("1970-01-01T00:00:{seconds:02}.{ms:03}Z").into();
            }
            Kind::NeighboursSwapped | Kind::OneLostPair => sample["ts"] = at.into(),
            _ => {}
        }
        let seconds = ms as f64 / 1e3;
        if self.kind == Kind::RatiosOnly {
            let ratios = self
                .squatter
                .sample(side, seconds, squirret::UnixMillis(0))
                .ratios;
            for (sensor, ratio) in (1..).zip(ratios) {
                sample[format!("ratio{sensor}")] = ratio.into();
            }
            return sample;
        }
        let full = self.kind == Kind::Saturated && side == Side::Left;
        for (sensor, volts) in (1..).zip(self.squatter.voltages(side, seconds)) {
            let volts = if full {
                3.3
            } else {
                (volts * 1e4).round() / 1e4
            };
            sample[format!("voltage{sensor}")] = volts.into();
        }
        sample
    }

    /// What is sent so long after the start, ms; `None`: nothing.
    fn upload(&self, step: u64) -> Option<Value> {
        let ms = step * 1_000 / HERTZ;
        match self.kind {
            Kind::BurstOfMillis | Kind::BurstWithoutStamps | Kind::BurstBehind => {
                let kept = (0..HERTZ).map(|back| ms - (HERTZ - 1 - back) * 1_000 / HERTZ);
                (step % HERTZ == HERTZ - 1).then(|| {
                    kept.flat_map(|ms| self.measure(ms))
                        .collect::<Vec<_>>()
                        .into()
                })
            }
            Kind::FiveHertz => step.is_multiple_of(2).then(|| self.measure(ms).into()),
            Kind::OneLostPair => (step != 48).then(|| self.measure(ms).into()),
            Kind::NeighboursSwapped => {
                // The older of two arrives a moment after the younger.
                let other = if step.is_multiple_of(2) {
                    step.checked_sub(2)
                } else {
                    Some(step)
                };
                other.map(|step| self.measure(step * 1_000 / HERTZ).into())
            }
            _ => Some(self.measure(ms).into()),
        }
    }

    /// Uploads until so many seconds have passed.
    async fn send(&self, server: &Server, seconds: u64) {
        for step in 0..seconds * HERTZ {
            let due = self.start + Duration::from_millis(step * 1_000 / HERTZ);
            sleep_until(due.into()).await;
            if let Some(body) = self.upload(step) {
                let reply = post(server.control, "/api/fsr_data", &body).await;
                assert_eq!(reply.status, 202, "{:?}: {reply:?}", self.kind);
            }
        }
    }
}

/// What a listener got until nothing came for a while after `end`.
async fn listen(stomp: &mut Stomp, end: Instant) -> Vec<Value> {
    let mut got = Vec::new();
    while Instant::now() < end {
        if let Ok(frame) = timeout(Duration::from_secs(2), stomp.frame()).await
            && frame.command == "MESSAGE"
        {
            got.push(frame.json());
        }
    }
    got
}

fn numbers(got: &[Value]) -> Vec<i64> {
    let reps = got.iter().filter(|message| message["type"] == "REP");
    reps.map(|rep| rep["payload"]["number"].as_i64().unwrap())
        .collect()
}

/// A session on insoles of this kind from its start to its end: what was pushed, what the feedback said at the end, and
/// what the finish came to.
async fn workout(server: &Server, kind: Kind, seconds: u64) -> (Vec<Value>, Value, Value) {
    let (session, token) = server.guest().await;
    let mut stomp = Stomp::connect(server, &format!("{token}&lang=en")).await;
    stomp.subscribe("s", QUEUE).await;
    stomp.sync().await;
    let person = Person::new(kind, &session);
    let end = person.start + Duration::from_secs(seconds + 1);
    let (got, ()) = tokio::join!(listen(&mut stomp, end), person.send(server, seconds));
    let path = format!("/api/fsr_data/feedback?sessionId={session}&lang=en");
    let feedback = get(server.control, &path).await.body;
    let path = format!("/api/session/{session}/finish?lang=en");
    let body = json!({ "framesIn": 0, "framesOut": 0, "durationSeconds": seconds });
    let finished = post(server.control, &path, &body).await;
    assert_eq!(finished.status, 200, "{finished:?}");
    let report = format!(
        "GET /api/session/{session}/report?format=json&lang=en HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    );
    let report = send(server.control, &report).await.body;
    assert_eq!(
        report["status"], finished.body["outcome"]["status"],
        "{report}"
    );
    assert_eq!(
        report["notCounting"],
        finished.body["outcome"]["notCounting"]
    );
    assert_eq!(report["reason"], finished.body["outcome"]["reason"]);
    (got, feedback, finished.body["outcome"].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn squats_are_counted_however_their_samples_are_stamped_and_buffered() {
    let server = Server::start().await;
    let workouts = COUNTED.map(|kind| workout(&server, kind, 20));
    let workouts = futures_util::future::join_all(workouts).await;
    for (kind, (got, _, outcome)) in COUNTED.into_iter().zip(workouts) {
        let expected: Vec<i64> = (1..=SQUATS).collect();
        assert_eq!(numbers(&got), expected, "{kind:?}");
        assert_eq!(outcome["reps"], SQUATS, "{kind:?}: {outcome}");
        assert_ne!(outcome["status"], "NO_DATA", "{kind:?}: {outcome}");
        assert!(outcome.get("notCounting").is_none(), "{kind:?}: {outcome}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_cannot_be_counted_is_told_why_and_not_praised() {
    let server = Server::start().await;
    let workouts = NOT_COUNTED.map(|(kind, _)| workout(&server, kind, 15));
    let workouts = futures_util::future::join_all(workouts).await;
    for ((kind, reason), (got, feedback, outcome)) in NOT_COUNTED.into_iter().zip(workouts) {
        assert_eq!(numbers(&got), [0; 0], "{kind:?}");
        assert_eq!(
            (
                &outcome["status"],
                &outcome["reps"],
                &outcome["notCounting"]
            ),
            (&json!("NO_DATA"), &json!(0), &json!(reason)),
            "{kind:?}: {outcome}"
        );
        let sentence = text(&outcome, "reason");
        assert!(text(&outcome, "summary").contains(&sentence), "{outcome}");
        let data = got
            .iter()
            .rfind(|message| message["type"] == "DATA")
            .unwrap();
        if kind != Kind::Standing {
            assert_eq!(data["payload"]["notCounting"], reason, "{kind:?}: {data}");
            assert_eq!(feedback["notCounting"], reason, "{kind:?}: {feedback}");
            assert_eq!(text(&feedback, "reason"), sentence);
        }
        if kind == Kind::Saturated {
            check_saturated(&got, &feedback);
        }
    }
}

/// The foot is named, and nothing that needs both feet, or that foot, is praised.
fn check_saturated(got: &[Value], feedback: &Value) {
    let is_named = |message: &&Value| {
        message["type"] == "DEVICE"
            && message["payload"] == json!({ "side": "left", "state": "saturated" })
    };
    assert!(got.iter().any(|message| is_named(&message)), "{got:?}");
    let praise = |message: &&Value| {
        message["type"] == "voice" && (message["kind"] == "praise" || message["kind"] == "steady")
    };
    assert_eq!(got.iter().find(praise), None);
    assert_ne!(feedback["status"], "GOOD", "{feedback}");
}

#[tokio::test]
async fn a_session_that_ends_with_its_first_sample_is_not_said_to_have_had_none() {
    let server = Server::start().await;
    let (session, _) = server.guest().await;
    server.upload(Some(&session), "left", ratios(62.0)).await;
    let path = format!("/api/session/{session}/finish");
    let body = json!({ "framesIn": 0, "framesOut": 0, "durationSeconds": 1 });
    let outcome = post(server.control, &path, &body).await.body["outcome"].clone();
    assert_eq!(outcome["status"], "NO_DATA", "{outcome}");
    assert_ne!(outcome["notCounting"], "no_input", "{outcome}");
}

#[tokio::test]
async fn a_session_for_which_nothing_came_says_so_in_both_languages() {
    let server = Server::start().await;
    for (language, words) in [
        ("ko", "오지 않았어요"),
        ("en", "Neither samples nor frames"),
    ] {
        let (session, _) = server.guest().await;
        let path = format!("/api/session/{session}/finish?lang={language}");
        let body = json!({ "framesIn": 0, "framesOut": 0, "durationSeconds": 3 });
        let first = post(server.control, &path, &body).await;
        let outcome = &first.body["outcome"];
        assert_eq!(outcome["notCounting"], "no_input", "{first:?}");
        assert!(text(outcome, "reason").contains(words), "{first:?}");
        let again = post(server.control, &path, &body).await;
        assert_eq!(
            again.body, first.body,
            "a finish that comes again is answered alike"
        );
    }
}
