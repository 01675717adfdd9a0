//! What clients see of the plane's load.

use super::*;
use crate::inference::Absence;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The status and headers, and the body, of a plane's `/readyz`.
async fn readiness(address: SocketAddr) -> (String, Value) {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    socket.write_all(request).await.unwrap();
    let mut reply = String::new();
    socket.read_to_string(&mut reply).await.unwrap();
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), serde_json::from_str(body).unwrap())
}

#[tokio::test]
async fn while_its_model_loads_a_plane_is_not_ready_and_says_when_to_return() {
    let bench = Bench::empty("").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let control = listener.local_addr().unwrap();
    let app = Arc::clone(&bench.app);
    tokio::spawn(server::serve(app, Plane::Control, listener, None));
    let (id, token) = bench.session("somebody");
    for (absence, told, control_ready, code) in [
        (Absence::Installing, "installing", true, "MODEL_LOADING"),
        (Absence::Loading, "loading", false, "MODEL_LOADING"),
        (Absence::Missing, "no model", true, "MODEL_UNAVAILABLE"),
    ] {
        bench.app.inference.set_absence(absence);
        for (address, ready) in [(bench.address, false), (control, control_ready)] {
            let (head, body) = readiness(address).await;
            assert_eq!(body["inference"], told);
            assert_eq!(head.starts_with("HTTP/1.1 200"), ready, "{told}: {head}");
            assert_eq!(head.contains("retry-after: "), !ready, "{told}: {head}");
        }
        let Err(Error::Http(reply)) = bench.try_connect(id, &token).await else {
            panic!("an answer before the upgrade");
        };
        assert_eq!(reply.status(), 503);
        assert!(reply.headers().contains_key("retry-after"));
        let body: Value = serde_json::from_slice(reply.body().as_ref().unwrap()).unwrap();
        assert_eq!(body["code"], code, "{body}");
    }
    bench.install(Duration::from_millis(1), None);
    for address in [bench.address, control] {
        let (head, body) = readiness(address).await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert_eq!(body["inference"], "ready");
    }
    bench.connect(id, &token).await;
}

#[tokio::test]
async fn a_stream_that_could_not_be_served_is_refused_before_the_upgrade() {
    let settings = "[limits]\nenabled = true\n[inference]\nmin_stream_fps = 2.0";
    let bench = Bench::empty(settings).await;
    bench.gate.open(u64::MAX);
    // One frame a second: the one stream that is always served, and no other.
    bench.install(Duration::from_secs(1), None);
    let (first, token) = bench.session("first");
    let _kept = bench.connect(first, &token).await;
    let (second, other) = bench.session("second");
    let Err(Error::Http(reply)) = bench.try_connect(second, &other).await else {
        panic!("an answer before the upgrade");
    };
    assert_eq!(reply.status(), 503);
    assert_eq!(reply.headers()["retry-after"], "5");
    let body: Value = serde_json::from_slice(reply.body().as_ref().unwrap()).unwrap();
    assert_eq!(body["code"], "OVERLOADED");
    let text = bench.app.metrics.text(bench.app.holdings());
    assert!(
        text.contains(r#"squirret_limits_hit_total{limit="stream_fps"} 1"#),
        "{text}"
    );
    // Who is there already may come back.
    bench.connect(first, &token).await;
}

#[tokio::test]
async fn a_fast_client_is_advised_and_sees_the_lite_model_under_overload() {
    let bench = Bench::held("").await;
    // Ten frames a second at most, and the client sends fifty.
    bench.install(Duration::from_millis(200), Some(Duration::from_millis(100)));
    let (id, token) = bench.session("somebody");
    let mut client = bench.connect(id, &token).await;
    let (mut advice, mut models) = (None, Vec::new());
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    let overload = async {
        let mut number = 0;
        while advice.is_none() || !models.contains(&"fake-lite".to_owned()) {
            tokio::select! {
                _ = ticks.tick() => {
                    client.frame(number, START).await;
                    number += 1;
                    if number % 10 == 0 {
                        bench.gate.open(1);
                    }
                }
                reply = client.json() => match reply["type"].as_str() {
                    Some("rate") => advice = reply["fps"].as_f64(),
                    Some("analysis") => models.push(reply["model"].as_str().unwrap().to_owned()),
                    _ => {}
                },
            }
        }
    };
    timeout(PATIENCE, overload)
        .await
        .expect("advice and the lite model");
    assert_eq!(models[0], "fake", "the usual model first: {models:?}");
    assert!((0.5..=10.0).contains(&advice.unwrap()), "{advice:?}");
    let text = bench.app.metrics.text(bench.app.holdings());
    assert!(text.contains("squirret_inference_lite 1"), "{text}");
    assert!(text.contains("squirret_inference_advice_total"), "{text}");
}
