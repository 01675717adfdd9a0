//! Too many or too large pictures.

use std::path::PathBuf;

use futures_util::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::support::*;

/// A server with a model and these settings, when this machine has the models.
async fn server(settings: &[(&str, &str)]) -> Option<Server> {
    let Some(data) = std::env::var_os("SQUIRRET_TEST_DATA").map(PathBuf::from) else {
        println!("skipped: SQUIRRET_TEST_DATA is not set");
        return None;
    };
    let models = data.join("models");
    let mut settings = settings.to_vec();
    settings.push(("SQUIRRET_MODEL_DIR", models.to_str().unwrap()));
    let server = Server::with(&settings).await;
    while get(server.inference, "/readyz").await.status != 200 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    Some(server)
}

async fn session(server: &Server) -> String {
    let session = post(server.control, "/api/session", &json!({ "userId": "a" })).await;
    let (id, token) = (
        text(&session.body, "sessionId"),
        text(&session.body, "wsToken"),
    );
    format!("/ws/{id}?token={token}")
}

#[tokio::test]
async fn pictures_over_the_rate_are_told_and_then_end_the_connection() {
    let settings = [
        ("SQUIRRET_LIMITS_MESSAGES_PER_SECOND", "0.1"),
        ("SQUIRRET_LIMITS_MESSAGE_BURST", "5"),
    ];
    let Some(server) = server(&settings).await else {
        return;
    };
    let path = session(&server).await;
    // These are no pictures, but they count as some.
    let mut first = Ws::open(server.inference, &path).await;
    for _ in 0..5 {
        first.send_binary(vec![0; 16]).await;
        assert_eq!(text(&first.json().await, "type"), "error");
    }
    drop(first);
    // Who comes back does not begin anew.
    let mut again = Ws::open(server.inference, &path).await;
    again.send_binary(vec![0; 16]).await;
    let dropped = again.json().await;
    assert_eq!(text(&dropped, "type"), "dropped");
    assert_eq!(text(&dropped, "reason"), "rate");
    for _ in 0..10 {
        let picture = Message::binary(vec![0; 16]);
        if again.0.send(picture).await.is_err() {
            break;
        }
    }
    let (code, reason) = again.closed().await;
    assert_eq!(code, 4429);
    assert!(reason.contains("retry-after-ms="), "{reason}");
}

#[tokio::test]
async fn a_picture_message_that_is_too_large_ends_in_1009() {
    let settings = [("SQUIRRET_LIMITS_MAX_MESSAGE_BYTES", "4096")];
    let Some(server) = server(&settings).await else {
        return;
    };
    let path = session(&server).await;
    let mut socket = Ws::open(server.inference, &path).await;
    socket.send_binary(vec![0; 4096]).await;
    assert_eq!(text(&socket.json().await, "type"), "error");
    let _ = socket.0.send(Message::binary(vec![0; 4097])).await;
    assert_eq!(socket.closed().await.0, 1009);
}
