//! However a connection ends, what became of its frames is known.

use super::*;
use squirret::{
    auth::{Audience, Grant, Role},
    session::FinishReport,
};

/// A connection with one analysed frame, one that a runner has in hand, one that was replaced, and one that waits.
async fn busy(bench: &Bench) -> (SessionId, Token, Client) {
    let (id, token) = bench.session("somebody");
    let client = bench.connect(id, &token).await;
    (id, token, fill(bench, client).await)
}

async fn fill(bench: &Bench, mut client: Client) -> Client {
    bench.gate.open(1);
    client.frame(0, START).await;
    assert_eq!(client.json().await["type"], "analysis");
    client.frame(1, START).await;
    // The runner has it once nothing waits.
    let taken = async {
        while bench.app.inference.standing().waiting > 0 || bench.received() < 2 {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(PATIENCE, taken).await.unwrap();
    client.frame(2, START).await;
    client.frame(3, START).await;
    let received = async {
        while bench.received() < 4 {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(PATIENCE, received).await.unwrap();
    client
}

/// All but the analysed one count as dropped: three of four.
async fn assert_counted(bench: &Bench, id: SessionId) {
    bench.quiet().await;
    let usage = bench.counted(id);
    let counts = (usage.frames_in, usage.frames_out, usage.dropped);
    assert_eq!(counts, (4, 1, 3), "{usage:?}");
    assert!(usage.duration_seconds > 0.0 && usage.bytes_in > 0);
}

#[tokio::test]
async fn a_client_that_closes() {
    let bench = Bench::held("").await;
    let (id, _, mut client) = busy(&bench).await;
    client.0.close(None).await.unwrap();
    assert_counted(&bench, id).await;
}

#[tokio::test]
async fn a_client_that_vanishes() {
    let bench = Bench::held("").await;
    let (id, _, client) = busy(&bench).await;
    drop(client);
    assert_counted(&bench, id).await;
}

#[tokio::test]
async fn a_client_whose_session_goes_on_elsewhere() {
    let bench = Bench::held("").await;
    let (id, token, mut client) = busy(&bench).await;
    let second = bench.connect(id, &token).await;
    // The frame that a runner had in hand is still answered to the one who sent it.
    bench.gate.open(1);
    assert_eq!(client.json().await["frameNumber"], 1);
    assert_eq!(client.json().await["type"], "dropped");
    assert_eq!(u16::from(client.closed().await.code), 4409);
    drop(second);
    bench.quiet().await;
    let usage = bench.counted(id);
    let counts = (usage.frames_in, usage.frames_out, usage.dropped);
    assert_eq!(counts, (4, 2, 2), "{usage:?}");
}

#[tokio::test]
async fn a_message_that_is_too_large() {
    let bench = Bench::held("[limits]\nmax_message_bytes = 1024").await;
    let (id, _, mut client) = busy(&bench).await;
    client.send("x".repeat(1025)).await;
    assert_eq!(u16::from(client.closed().await.code), 1009);
    assert_counted(&bench, id).await;
}

#[tokio::test]
async fn a_token_that_ends() {
    let bench = Bench::held("").await;
    let (id, _) = bench.session("somebody");
    let grant = Grant {
        subject: id.to_string(),
        audience: Audience::InferenceWs,
        role: Role::Inference,
        user: None,
    };
    // One second is left of its fifteen minutes and the leeway of thirty seconds.
    let issued = START.plus(-929_000);
    let token = bench.app.tokens.issue(&grant, issued).unwrap();
    let client = bench.connect(id, &token).await;
    let mut client = fill(&bench, client).await;
    assert_eq!(u16::from(client.closed().await.code), 4401);
    assert_counted(&bench, id).await;
}

#[tokio::test]
async fn a_server_that_stops() {
    let bench = Bench::held("").await;
    let (id, _, mut client) = busy(&bench).await;
    bench.app.shutdown.begin();
    bench.gate.open(2);
    // What was under way is finished and told first.
    let told = [
        client.json().await,
        client.json().await,
        client.json().await,
    ];
    let told = told.map(|reply| reply["type"].as_str().unwrap().to_owned());
    assert_eq!(told, ["analysis", "dropped", "analysis"]);
    assert_eq!(u16::from(client.closed().await.code), 1001);
    bench.quiet().await;
    let usage = bench.counted(id);
    let counts = (usage.frames_in, usage.frames_out, usage.dropped);
    assert_eq!(counts, (4, 3, 1), "{usage:?}");
}

#[tokio::test]
async fn a_client_that_sends_far_too_much() {
    let settings = "[limits]\nenabled = true\nmessages_per_second = 0.01\nmessage_burst = 4.0";
    let bench = Bench::held(settings).await;
    let (id, _, mut client) = busy(&bench).await;
    // Four over the rate are borne and told; the next one is not.
    for number in 4..9 {
        client.frame(number, START).await;
    }
    assert_eq!(u16::from(client.closed().await.code), 4429);
    bench.quiet().await;
    let usage = bench.counted(id);
    assert!((8..=9).contains(&usage.frames_in), "{usage:?}");
    assert_eq!(usage.frames_in, usage.frames_out + usage.dropped);
}

#[tokio::test]
async fn a_client_that_never_reads_is_let_go_and_costs_the_others_nothing() {
    let bench = Bench::start("[limits]\nsend_timeout = '300ms'").await;
    let (id, token) = bench.session("deaf");
    let mut deaf = bench.connect(id, &token).await;
    let (other, token) = bench.session("healthy");
    let mut healthy = bench.connect(other, &token).await;
    // The kernel's buffers hold some megabytes; it goes on until they are full and the server has had enough.
    let frame = format!(r#"{{"type":"frame","image_base64":"{PIXEL}"}}"#);
    let flood = async { while deaf.0.send(Message::text(frame.clone())).await.is_ok() {} };
    let work = async {
        for number in 0.. {
            healthy.frame(number, START).await;
            assert_eq!(healthy.json().await["frameNumber"], number);
            if bench.app.inference.standing().streams == 1 {
                return;
            }
        }
    };
    let both = async { tokio::join!(flood, work) };
    timeout(PATIENCE * 3, both)
        .await
        .expect("the deaf one is closed");
    let text = bench.app.metrics.text(bench.app.holdings());
    let closed = r#"closes_total{endpoint="inference",code="4413"} 1"#;
    assert!(text.contains(closed), "{text}");
    let usage = bench.counted(id);
    assert!(usage.frames_out > 0, "{usage:?}");
    assert_eq!(usage.frames_in, usage.frames_out + usage.dropped);
}

#[tokio::test]
async fn a_session_that_is_finished_while_frames_are_under_way() {
    let bench = Bench::held("").await;
    let (id, _, client) = busy(&bench).await;
    let report = FinishReport {
        frames_in: 4,
        frames_out: 1,
        duration_seconds: 1,
    };
    bench.app.finish(id, report).await.unwrap();
    drop(client);
    bench.quiet().await;
    bench.app.settle(bench.app.ws.usage.settle_all());
    let usage = bench
        .app
        .sessions
        .get(id)
        .or_else(|_| bench.app.sessions.find(id));
    let usage = usage.unwrap().usage;
    let counts = (usage.frames_in, usage.frames_out, usage.dropped);
    assert_eq!(
        counts,
        (4, 1, 3),
        "nothing is lost by the finish: {usage:?}"
    );
}
