//! The data folder while the server runs.

use serde_json::json;

use crate::{
    store::{finish, report, reps, squat},
    support::{Server, assert_refused, get, until},
};

#[tokio::test]
async fn a_data_folder_that_is_taken_away_is_told_and_what_waits_is_written_when_it_is_back() {
    let server = Server::start().await;
    let (first, _) = server.guest().await;
    assert_eq!(finish(&server, &first, 1).await.status, 200);
    let (second, token) = server.guest().await;
    squat(&server, &second).await;
    let folder = server.data_dir().to_owned();
    let away = folder.with_extension("away");
    std::fs::rename(&folder, &away).unwrap();
    let ready = get(server.control, "/readyz").await;
    assert_eq!(
        (ready.status, &ready.body["store"]),
        (503, &json!("failed"))
    );
    let refused = finish(&server, &second, 2).await;
    let path = format!("/api/session/{second}/finish");
    assert_refused(&refused, 503, "OVERLOADED", &path);
    assert!(!folder.exists(), "no new store hides the loss");
    std::fs::rename(&away, &folder).unwrap();
    until("the store is back", async || {
        finish(&server, &second, 2).await.status == 200
    })
    .await;
    assert_eq!(get(server.control, "/readyz").await.status, 200);
    assert!(reps(&report(&server, &second, &token).await) > 0);
}
