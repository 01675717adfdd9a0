//! `/ws/fsr-data`.

use crate::support::*;
use serde_json::{Value, json};

#[tokio::test]
async fn a_reader_gets_the_snapshot_at_once_and_then_each_sample() {
    let server = Server::start().await;
    server.upload(None, "right", ratios(50.0)).await;
    let mut reader = Ws::open(server.control, "/ws/fsr-data").await;
    let snapshot = reader.json().await;
    assert!(snapshot["left"].is_null());
    assert_eq!(snapshot["right"]["side"], "right");
    assert_eq!(snapshot["right"]["ratio1"], 25.0);
    for heel in [40.0, 60.0, 80.0] {
        server.upload(None, "left", ratios(heel)).await;
        let message = reader.json().await;
        assert_eq!(message["left"]["ratio1"], heel / 2.0);
        assert_eq!(
            message["right"]["ratio1"], 25.0,
            "every message is complete in itself"
        );
    }
}

#[tokio::test]
async fn many_readers_get_each_sample_whoever_leaves_meanwhile() {
    let server = Server::with(&[("SQUIRRET_LIMITS_ENABLED", "false")]).await;
    let mut readers = Vec::new();
    for _ in 0..150 {
        let mut reader = Ws::open(server.control, "/ws/fsr-data").await;
        reader.json().await;
        readers.push(reader);
    }
    for heel in [10.0, 20.0, 30.0] {
        server.upload(None, "left", ratios(heel)).await;
        for reader in &mut readers {
            assert_eq!(reader.json().await["left"]["ratio1"], heel / 2.0);
        }
        let mut place = 0;
        readers.retain(|_| {
            place += 1;
            place % 3 != 0
        });
    }
    let mut late = Ws::open(server.control, "/ws/fsr-data").await;
    assert_eq!(late.json().await["left"]["ratio1"], 15.0);
    server.upload(None, "left", ratios(40.0)).await;
    readers.push(late);
    for reader in &mut readers {
        assert_eq!(reader.json().await["left"]["ratio1"], 20.0);
    }
}

#[tokio::test]
async fn a_burst_is_one_message() {
    let server = Server::start().await;
    let mut reader = Ws::open(server.control, "/ws/fsr-data").await;
    assert_eq!(reader.json().await, json!({ "left": null, "right": null }));
    let burst: Vec<Value> = (1..=50)
        .map(|heel| sample("left", ratios(f64::from(heel))))
        .collect();
    assert_eq!(
        post(server.control, "/api/fsr_data", &burst.into())
            .await
            .status,
        202
    );
    assert_eq!(reader.json().await["left"]["ratio1"], 25.0);
    server.upload(None, "left", ratios(10.0)).await;
    assert_eq!(reader.json().await["left"]["ratio1"], 5.0);
}

#[tokio::test]
async fn a_sessions_feet_are_for_those_who_have_its_token() {
    let server = Server::start().await;
    let (session, token) = server.guest().await;
    let (other, foreign) = server.guest().await;
    let refused = async |path: String| match Ws::try_open(server.control, &path, &[]).await {
        Ok(_) => panic!("{path} was upgraded"),
        Err(reply) => (reply.status, text(&reply.body, "code")),
    };
    assert_eq!(
        refused(format!("/ws/fsr-data?sessionId={session}")).await,
        (401, "UNAUTHORIZED".into())
    );
    let path = format!("/ws/fsr-data?sessionId={session}&token={foreign}");
    assert_eq!(refused(path).await, (403, "FORBIDDEN".into()));
    assert_eq!(
        refused("/ws/fsr-data?token=x".into()).await,
        (401, "UNAUTHORIZED".into())
    );

    let mut own = Ws::open(
        server.control,
        &format!("/ws/fsr-data?sessionId={session}&token={token}"),
    )
    .await;
    let mut also_own = Ws::open(server.control, &format!("/ws/fsr-data?token={token}")).await;
    own.json().await;
    also_own.json().await;
    server.upload(Some(&other), "left", ratios(10.0)).await;
    server.upload(Some(&session), "left", ratios(62.0)).await;
    assert_eq!(own.json().await["left"]["ratio1"], 31.0);
    assert_eq!(also_own.json().await["left"]["ratio1"], 31.0);
}

#[tokio::test]
async fn a_session_without_feet_sees_the_shared_ones_until_it_has_its_own() {
    let server = Server::start().await;
    let (session, token) = server.guest().await;
    server.upload(None, "left", ratios(10.0)).await;
    let mut reader = Ws::open(server.control, &format!("/ws/fsr-data?token={token}")).await;
    assert_eq!(reader.json().await["left"]["ratio1"], 5.0);
    server.upload(None, "left", ratios(12.0)).await;
    assert_eq!(reader.json().await["left"]["ratio1"], 6.0);
    server.upload(Some(&session), "left", ratios(62.0)).await;
    assert_eq!(reader.json().await["left"]["ratio1"], 31.0);
    server.upload(None, "left", ratios(14.0)).await;
    server.upload(Some(&session), "left", ratios(64.0)).await;
    assert_eq!(reader.json().await["left"]["ratio1"], 32.0);
}

#[tokio::test]
async fn when_nothing_is_shared_feet_of_nobody_are_refused_and_own_ones_seen() {
    let server = Server::with(&[("SQUIRRET_FSR_SHARED_DEFAULT", "false")]).await;
    let (session, token) = server.guest().await;
    let mut reader = Ws::open(server.control, &format!("/ws/fsr-data?token={token}")).await;
    let mut public = Ws::open(server.control, "/ws/fsr-data").await;
    for reader in [&mut reader, &mut public] {
        assert_eq!(reader.json().await, json!({ "left": null, "right": null }));
    }
    let nobodys = post(
        server.control,
        "/api/fsr_data",
        &sample("left", ratios(10.0)),
    )
    .await;
    assert_eq!(
        (nobodys.status, text(&nobodys.body, "code")),
        (403, "DEVICE_NOT_BOUND".into())
    );
    server.upload(Some(&session), "right", ratios(62.0)).await;
    let own = reader.json().await;
    assert!(own["left"].is_null(), "{own}");
    assert_eq!(own["right"]["ratio1"], 31.0);
    let mut late = Ws::open(server.control, "/ws/fsr-data").await;
    assert_eq!(late.json().await, json!({ "left": null, "right": null }));
}

#[tokio::test]
async fn what_a_reader_sends_does_no_harm() {
    let server = Server::start().await;
    let mut reader = Ws::open(server.control, "/ws/fsr-data").await;
    reader.json().await;
    reader.send("hello").await;
    reader.send_binary(vec![0; 100]).await;
    server.upload(None, "left", ratios(10.0)).await;
    assert_eq!(reader.json().await["left"]["ratio1"], 5.0);
    reader.send_binary(vec![0; 5000]).await;
    assert_eq!(reader.closed().await.0, 1009);
}
