//! What a client may send as a frame, and what it is told.

use super::*;
use serde_json::json;

/// Sends messages one after the other; gives the types and numbers of the replies.
async fn told(client: &mut Client, messages: &[String]) -> Vec<(String, Value)> {
    let mut told = Vec::new();
    for message in messages {
        client.send(message.clone()).await;
        let reply = client.json().await;
        let kind = reply["type"].as_str().unwrap().to_owned();
        told.push((kind, reply["frameNumber"].clone()));
    }
    told
}

fn numbered(number: &str) -> String {
    format!(r#"{{"type":"frame","frameNumber":{number},"image_base64":"{PIXEL}"}}"#)
}

async fn client(bench: &Bench) -> Client {
    let (id, token) = bench.session("somebody");
    bench.connect(id, &token).await
}

#[tokio::test]
async fn frame_numbers_come_back_as_they_were_sent_in_whatever_order() {
    let bench = Bench::start("").await;
    let mut client = client(&bench).await;
    let sent = ["10", "3", "3", "0", "9007199254740992", "5.0"];
    let replies = told(&mut client, &sent.map(numbered)).await;
    let numbers: Vec<_> = replies.iter().map(|(_, number)| number.clone()).collect();
    assert_eq!(
        json!(numbers),
        json!([10, 3, 3, 0, 9_007_199_254_740_992_u64, 5])
    );
    assert!(replies.iter().all(|(kind, _)| kind == "analysis"));
}

#[tokio::test]
async fn a_frame_without_a_number_has_the_one_after_the_last() {
    let bench = Bench::start("").await;
    let mut client = client(&bench).await;
    let bare = format!(r#"{{"type":"frame","image_base64":"{PIXEL}"}}"#);
    let messages = [
        bare.clone(),
        numbered("41"),
        bare.clone(),
        numbered("null"),
        bare,
    ];
    let replies = told(&mut client, &messages).await;
    let numbers: Vec<_> = replies.into_iter().map(|(_, number)| number).collect();
    assert_eq!(json!(numbers), json!([0, 41, 42, 43, 44]));
}

#[tokio::test]
async fn a_number_that_is_none_gets_an_error_that_names_the_rule_and_the_connection_lives() {
    let bench = Bench::start("").await;
    let mut client = client(&bench).await;
    for number in ["-1", "1.5", "9007199254740994", "1e400", "\"7\"", "true"] {
        client.send(numbered(number)).await;
        let reply = client.json().await;
        assert_eq!(reply["type"], "error", "{number}: {reply}");
        let message = reply["message"].as_str().unwrap();
        if number != "1e400" {
            assert_eq!(reply["code"], "VALIDATION_ERROR", "{number}");
            assert!(
                message.starts_with("frameNumber must be a whole number"),
                "{message}"
            );
        }
        assert_eq!(reply.get("frameNumber"), None);
    }
    client.send(numbered("8")).await;
    assert_eq!(client.json().await["frameNumber"], 8);
}

#[tokio::test]
async fn a_picture_comes_as_base64_as_a_data_url_and_as_bytes() {
    let bench = Bench::start("").await;
    let mut client = client(&bench).await;
    let text = |image: &str| format!(r#"{{"type":"frame","image_base64":"{image}"}}"#);
    let messages = [
        text(PIXEL),
        text(&format!("data:image/png;base64,{PIXEL}")),
        text(&PIXEL.replace('/', r"\/")),
    ];
    let replies = told(&mut client, &messages).await;
    assert!(
        replies.iter().all(|(kind, _)| kind == "analysis"),
        "{replies:?}"
    );
    let bytes = base64_simd::STANDARD.decode_to_vec(PIXEL).unwrap();
    client.0.send(Message::binary(bytes)).await.unwrap();
    let reply = client.json().await;
    assert_eq!(
        (&reply["type"], &reply["frameNumber"]),
        (&json!("analysis"), &json!(3))
    );
}

#[tokio::test]
async fn frames_that_come_too_fast_are_replaced_by_the_newest_and_told_in_order() {
    let bench = Bench::held("").await;
    let mut client = client(&bench).await;
    for number in 0..6 {
        client.frame(number, START).await;
    }
    let received = async {
        while bench.received() < 6 {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(PATIENCE, received).await.unwrap();
    bench.gate.open(u64::MAX);
    let mut replies = Vec::new();
    for _ in 0..6 {
        let reply = client.json().await;
        replies.push((
            reply["type"].as_str().unwrap().to_owned(),
            reply["frameNumber"].clone(),
        ));
    }
    let numbers: Vec<_> = replies.iter().map(|(_, number)| number.clone()).collect();
    assert_eq!(json!(numbers), json!([0, 1, 2, 3, 4, 5]));
    assert_eq!(replies[5].0, "analysis", "the newest was looked at");
    assert!(
        replies[1..5]
            .iter()
            .filter(|(kind, _)| kind == "dropped")
            .count()
            >= 3
    );
}

#[tokio::test]
async fn without_a_model_the_upgrade_is_refused_and_says_what_to_run() {
    let bench = Bench::empty("").await;
    let (id, token) = bench.session("somebody");
    let Err(Error::Http(reply)) = bench.try_connect(id, &token).await else {
        panic!("an answer before the upgrade");
    };
    assert_eq!(reply.status(), 503);
    let body = String::from_utf8(reply.into_body().unwrap()).unwrap();
    assert!(
        body.contains("MODEL_UNAVAILABLE") && body.contains("squirret models install"),
        "{body}"
    );
}
