//! With insoles: binding, unbinding and uploading where another session's pair is meant.

use super::{Scene, call, scene};
use crate::support::*;
use serde_json::{Value, json};

fn upload_of(device: &str) -> Value {
    let mut upload = sample("left", ratios(62.0));
    upload["deviceId"] = device.into();
    upload
}

#[tokio::test]
async fn a_device_of_a_session_is_not_unbound_by_another() {
    for mode in super::MODES {
        let Scene {
            server,
            victim,
            victims_token,
            mut victims_ear,
            attacker,
            attackers_token,
        } = scene(mode).await;
        let bind = format!("/api/session/{victim}/devices");
        let body = json!({ "deviceId": "pair" });
        let bound = call(&server, "POST", &bind, Some(&victims_token), &body).await;
        assert_eq!(bound.status, 200);
        let unbind = format!("/api/session/{attacker}/devices");
        let reply = call(&server, "DELETE", &unbind, Some(&attackers_token), &body).await;
        assert_refused(&reply, 403, "DEVICE_NOT_BOUND", &unbind);
        let uploaded = post(server.control, "/api/fsr_data", &upload_of("pair")).await;
        assert_eq!(uploaded.status, 202);
        let live = victims_ear.message("DEVICE").await.json();
        assert_eq!(live["payload"], json!({ "side": "left", "state": "live" }));
    }
}

#[tokio::test]
async fn a_pair_leaves_its_session_only_for_who_can_claim_it_and_says_so() {
    let Scene {
        server,
        victim,
        victims_token,
        mut victims_ear,
        attacker,
        attackers_token,
    } = scene("bearer").await;
    let claimed = json!({ "deviceId": "pair", "claim": "4711" });
    let bind = format!("/api/session/{victim}/devices");
    let bound = call(&server, "POST", &bind, Some(&victims_token), &claimed).await;
    assert_eq!(bound.status, 200);
    let bind = format!("/api/session/{attacker}/devices");
    for guess in [
        json!({ "deviceId": "pair" }),
        json!({ "deviceId": "pair", "claim": "4712" }),
    ] {
        let refused = call(&server, "POST", &bind, Some(&attackers_token), &guess).await;
        assert_refused(&refused, 409, "SESSION_CONFLICT", &bind);
    }
    let bound = call(&server, "POST", &bind, Some(&attackers_token), &claimed).await;
    assert_eq!(bound.status, 200);
    let told = victims_ear.message("DEVICE").await.json();
    assert_eq!(
        told["payload"],
        json!({ "side": "both", "state": "taken", "deviceId": "pair" })
    );
    // From then on the pair's data are the new session's; what the old one had stays its own.
    post(server.control, "/api/fsr_data", &upload_of("pair")).await;
    let latest = format!("/api/fsr_data/latest?sessionId={victim}");
    let seen = call(&server, "GET", &latest, Some(&victims_token), &Value::Null).await;
    assert_eq!(seen.body["left"], Value::Null);
}

#[tokio::test]
async fn ids_that_look_like_a_bound_device_are_other_devices() {
    let Scene {
        server,
        victim,
        victims_token,
        ..
    } = scene("open").await;
    let bind = format!("/api/session/{victim}/devices");
    let body = json!({ "deviceId": "pair-1" });
    let bound = call(&server, "POST", &bind, Some(&victims_token), &body).await;
    assert_eq!(bound.status, 200);
    for near in [
        "PAIR-1",
        "pair-",
        "pair-1x",
        "pair%2D1",
        "../pair-1",
        "*",
        "pair-1*",
    ] {
        let reply = post(server.control, "/api/fsr_data", &upload_of(near)).await;
        assert_refused(&reply, 403, "DEVICE_NOT_BOUND", "/api/fsr_data");
    }
    for no_id in [" pair-1", "pair-1 ", "pair-1\n", ""] {
        let reply = post(server.control, "/api/fsr_data", &upload_of(no_id)).await;
        assert!(matches!(reply.status, 400 | 403), "{no_id:?}: {reply:?}");
    }
    let latest = format!("/api/fsr_data/latest?sessionId={victim}");
    assert_eq!(
        get(server.control, &latest).await.body,
        json!({ "left": null, "right": null })
    );
}

#[tokio::test]
async fn a_header_that_names_a_device_does_not_outweigh_the_body() {
    let Scene {
        server,
        victim,
        victims_token,
        ..
    } = scene("open").await;
    let bind = format!("/api/session/{victim}/devices");
    let body = json!({ "deviceId": "pair" });
    call(&server, "POST", &bind, Some(&victims_token), &body).await;
    let headers = "x-device-id: pair\r\ncontent-type: application/json\r\n";
    let own = upload_of("other").to_string();
    let reply = request(&server, "POST", "/api/fsr_data", headers, &own).await;
    assert_refused(&reply, 403, "DEVICE_NOT_BOUND", "/api/fsr_data");
}
