//! A session outlives its connections.

use super::*;

/// One frame each 80 ms from `from` to `to` (ms after the start); gives the last analysis.
async fn film(bench: &Bench, client: &mut Client, from: i64, to: i64) -> Value {
    let mut last = Value::Null;
    for at in (from..to).step_by(80) {
        let now = START.plus(at);
        bench.clock.0.store(now.0, Ordering::SeqCst);
        client.frame(at as u64 / 80, now).await;
        last = client.json().await;
        assert_eq!(last["type"], "analysis", "{last}");
    }
    last
}

#[tokio::test]
async fn a_squat_that_a_reconnect_with_a_fresh_token_interrupts_is_counted_once() {
    let bench = Bench::start("").await;
    let (id, token) = bench.session("somebody");
    let mut client = bench.connect(id, &token).await;
    // They go down from the sixth second on: the connection breaks half-way.
    let before = film(&bench, &mut client, 0, 7_520).await;
    assert_eq!(
        (&before["reps"], &before["stage"]),
        (&0.into(), &"DESCENT".into()),
        "{before}"
    );
    drop(client);
    bench.quiet().await;
    let fresh = bench
        .app
        .sessions
        .refresh(id, bench.app.clock.now())
        .unwrap();
    let mut client = bench.connect(id, &fresh.token).await;
    let after = film(&bench, &mut client, 7_520, 11_000).await;
    assert_eq!(after["reps"], 1, "{after}");
    drop(client);
    bench.quiet().await;
    let usage = bench.counted(id);
    let frames = 11_000_u64.div_ceil(80);
    assert_eq!(
        (usage.frames_in, usage.frames_out, usage.dropped),
        (frames, frames, 0)
    );
}

#[tokio::test]
async fn a_second_connection_takes_over_and_the_first_is_told() {
    let bench = Bench::start("").await;
    let (id, token) = bench.session("somebody");
    let mut first = bench.connect(id, &token).await;
    film(&bench, &mut first, 0, 7_520).await;
    let mut second = bench.connect(id, &token).await;
    let closed = first.closed().await;
    assert_eq!(u16::from(closed.code), 4409);
    assert_eq!(
        &*closed.reason,
        "another connection of this session has taken over"
    );
    let after = film(&bench, &mut second, 7_520, 11_000).await;
    assert_eq!(after["reps"], 1, "{after}");
    assert_eq!(bench.app.inference.standing().streams, 1);
}

#[tokio::test]
async fn a_session_that_was_finished_opens_no_stream() {
    let bench = Bench::start("").await;
    let (id, token) = bench.session("somebody");
    let report = squirret::session::FinishReport {
        frames_in: 0,
        frames_out: 0,
        duration_seconds: 0,
    };
    bench.app.finish(id, report).await.unwrap();
    let Err(Error::Http(reply)) = bench.try_connect(id, &token).await else {
        panic!("an answer before the upgrade");
    };
    assert_eq!(reply.status(), 410);
}
