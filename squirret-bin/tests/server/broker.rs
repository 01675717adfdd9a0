//! The open broker: what one client sends to `/topic/**` or `/queue/**`, others hear.

use crate::support::*;

async fn server(settings: &[(&str, &str)]) -> Server {
    let open = [("SQUIRRET_STOMP_OPEN_BROKER", "true")];
    Server::with(&[&open, settings].concat()).await
}

async fn client(server: &Server) -> Stomp {
    Stomp::connect(server, &server.guest().await.1).await
}

/// Subscribes, and waits until it stands.
async fn listen(stomp: &mut Stomp, id: &str, destination: &str, ack: &str) {
    let subscribe = format!(
        "SUBSCRIBE\nid:{id}\ndestination:{destination}\nack:{ack}\nreceipt:listens-{id}\n\n\0"
    );
    stomp.send(&subscribe).await;
    loop {
        if stomp.frame().await.command == "RECEIPT" {
            return;
        }
    }
}

async fn say(stomp: &mut Stomp, destination: &str, body: &str) {
    stomp
        .send(&format!(
            "SEND\ndestination:{destination}\nx-own:1\n\n{body}\0"
        ))
        .await;
}

/// The next message's body, and its `ack` header.
async fn heard(stomp: &mut Stomp) -> (String, Option<String>) {
    let frame = stomp.frame().await;
    assert_eq!(frame.command, "MESSAGE", "{frame:?}");
    assert_eq!(frame.header("x-own"), "1");
    (frame.body.clone(), frame.headers.get("ack").cloned())
}

#[tokio::test]
async fn all_hear_a_topic_and_one_hears_a_queue() {
    let server = server(&[]).await;
    let (mut one, mut other) = (client(&server).await, client(&server).await);
    for stomp in [&mut one, &mut other] {
        listen(stomp, "t", "/topic/news", "auto").await;
        listen(stomp, "q", "/queue/work", "auto").await;
    }
    say(&mut one, "/topic/news", "to all").await;
    assert_eq!(heard(&mut one).await.0, "to all");
    assert_eq!(heard(&mut other).await.0, "to all");
    say(&mut one, "/queue/work", "first").await;
    say(&mut one, "/queue/work", "second").await;
    let mut shared = [heard(&mut one).await.0, heard(&mut other).await.0];
    shared.sort();
    assert_eq!(shared, ["first", "second"]);
}

#[tokio::test]
async fn a_queues_message_waits_for_a_reader_and_comes_back_when_it_is_refused_or_left() {
    let server = server(&[]).await;
    let mut sender = client(&server).await;
    say(&mut sender, "/queue/work", "job").await;
    let mut first = client(&server).await;
    listen_and_take(&mut first).await;
    drop(first);
    let mut second = client(&server).await;
    let ack = listen_and_take(&mut second).await;
    second.send(&format!("NACK\nid:{ack}\n\n\0")).await;
    let (body, ack) = heard(&mut second).await;
    assert_eq!(body, "job");
    second
        .send(&format!("ACK\nid:{}\nreceipt:done\n\n\0", ack.unwrap()))
        .await;
    assert_eq!(second.frame().await.header("receipt-id"), "done");
    drop(second);
    let mut third = client(&server).await;
    listen(&mut third, "q", "/queue/work", "client-individual").await;
    say(&mut sender, "/queue/work", "another").await;
    assert_eq!(heard(&mut third).await.0, "another", "the job is done");
}

/// Listens to the queue; gives the `ack` of the job that comes. The job may come before the receipt.
async fn listen_and_take(stomp: &mut Stomp) -> String {
    stomp
        .send("SUBSCRIBE\nid:q\ndestination:/queue/work\nack:client-individual\n\n\0")
        .await;
    let (body, ack) = heard(stomp).await;
    assert_eq!(body, "job");
    ack.unwrap()
}

#[tokio::test]
async fn the_applications_own_destinations_stay_its_own() {
    let server = server(&[]).await;
    for destination in [TOPIC, QUEUE, "/topic/", "/app/other", "/user/queue/other"] {
        let mut stomp = client(&server).await;
        say(&mut stomp, destination, "{}").await;
        let error = stomp.frame().await;
        assert_eq!(error.header("message"), "destination not allowed");
    }
    let mut stomp = client(&server).await;
    stomp.subscribe("s", QUEUE).await;
    stomp.sync().await;
}

#[tokio::test]
async fn a_reader_that_cannot_hold_what_it_is_sent_is_let_go_and_the_sender_stays() {
    let server = server(&[("SQUIRRET_LIMITS_MAX_QUEUED_BYTES", "8192")]).await;
    let (mut slow, mut sender) = (client(&server).await, client(&server).await);
    listen(&mut slow, "t", "/topic/flood", "auto").await;
    say(&mut sender, "/topic/flood", &"x".repeat(8000)).await;
    assert_eq!(heard(&mut slow).await.0.len(), 8000);
    say(&mut sender, "/topic/flood", &"x".repeat(8192)).await;
    let (code, reason) = slow.0.closed().await;
    assert_eq!(code, 4413);
    assert!(
        reason.starts_with("slow consumer; retry-after-ms="),
        "{reason}"
    );
    sender
        .send("SEND\ndestination:/topic/nobody\nreceipt:r\n\n\0")
        .await;
    assert_eq!(sender.frame().await.header("receipt-id"), "r");
}
