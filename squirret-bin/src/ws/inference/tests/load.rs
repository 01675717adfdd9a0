//! What clients see of the plane's load.

use super::*;

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
