//! Real frames of a person squatting, through the real network, out as analysis, pushes and combined feedback.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Value, json};

use crate::support::{QUEUE, Received, Server, Stomp, Ws, get, post, text};

/// The folder with recordings and models, when this machine has it.
pub(crate) fn data() -> Option<PathBuf> {
    let found = std::env::var_os("SQUIRRET_TEST_DATA").map(PathBuf::from);
    if found.is_none() {
        println!("skipped: SQUIRRET_TEST_DATA is not set");
    }
    found
}

pub(crate) async fn server(data: &Path) -> Server {
    let models = data.join("models");
    let server = Server::with(&[("SQUIRRET_MODEL_DIR", models.to_str().unwrap())]).await;
    while get(server.inference, "/readyz").await.status != 200 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server
}

pub(crate) async fn camera(server: &Server, user: &str) -> Ws {
    let session = post(server.control, "/api/session", &json!({ "userId": user }))
        .await
        .body;
    let (id, token) = (text(&session, "sessionId"), text(&session, "wsToken"));
    Ws::open(server.inference, &format!("/ws/{id}?token={token}")).await
}

pub(crate) fn pictures(data: &Path, video: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> = std::fs::read_dir(data.join("data/squat-video").join(video))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// Time between two frames of the camera.
const FRAME_GAP: Duration = Duration::from_millis(80);

/// Fires when the next frame has been taken: a person moves no faster because a machine is fast.
pub(crate) fn shutter() -> tokio::time::Interval {
    let mut shutter = tokio::time::interval(FRAME_GAP);
    shutter.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    shutter
}

/// As the app writes it: slashes escaped, as Apple's JSON encoder does.
pub(crate) fn frame(number: usize, picture: &[u8]) -> String {
    let image = base64_simd::STANDARD
        .encode_to_string(picture)
        .replace('/', "\\/");
    format!(
        r#"{{"image_base64":"{image}","frameNumber":{number},"type":"frame","timestamp":{}}}"#,
        1_730_892_345.0 + number as f64 * FRAME_GAP.as_secs_f64()
    )
}

#[tokio::test]
async fn a_recorded_squat_is_seen_judged_counted_and_told() {
    let Some(data) = data() else { return };
    let server = server(&data).await;
    let (guest, token) = server.guest().await;
    let mut app = Stomp::connect(&server, &token).await;
    app.subscribe("s", QUEUE).await;
    let mut camera = camera(&server, &guest).await;
    let (mut people, mut reps, mut assessed) = (0, 0, 0);
    let frames = pictures(&data, "olympic_good");
    let mut shutter = shutter();
    for (number, picture) in frames.iter().enumerate() {
        shutter.tick().await;
        camera.send(frame(number, picture)).await;
        let analysis = camera.json().await;
        assert_eq!(
            (&analysis["type"], &analysis["frameNumber"]),
            (&json!("analysis"), &json!(number)),
            "{analysis}"
        );
        for part in ["lumbar", "knee", "ankle"] {
            assert!(["good", "bad", "null"].contains(&analysis[part].as_str().unwrap()));
            assessed += usize::from(analysis[part] != "null");
        }
        if analysis["person"] != json!(false) {
            people += 1;
            assert_eq!(analysis["keypoints"].as_array().unwrap().len(), 33);
        }
        reps = analysis["reps"].as_u64().unwrap();
    }
    assert!(
        people * 10 >= frames.len() * 8,
        "{people} of {}",
        frames.len()
    );
    assert!(assessed > 0, "something was assessed");
    assert_eq!(reps, 1, "one squat");
    let rep = app.message("REP").await.json();
    assert_eq!(rep["payload"]["number"], 1);
    let combined = get(
        server.control,
        &format!("/api/fsr_data/feedback/combined?sessionId={guest}"),
    )
    .await
    .body;
    assert_eq!(combined["fsr"]["status"], "NO_DATA");
    assert!(combined["ai"]["raw"]["knee"].is_string());
}

#[tokio::test]
async fn binary_pictures_count_up_and_bad_ones_get_an_error() {
    let Some(data) = data() else { return };
    let server = server(&data).await;
    let mut camera = camera(&server, "user123").await;
    let picture = pictures(&data, "olympic_good").swap_remove(20);
    camera.send_binary(picture.clone()).await;
    assert_eq!(camera.json().await["type"], "analysis");
    let huge = [&picture[..], &[]].concat();
    let truncated = huge[..300].to_vec();
    for bad in [truncated, b"not a picture".to_vec(), enormous_png()] {
        camera.send_binary(bad).await;
        let error = camera.json().await;
        assert_eq!(error["type"], "error", "{error}");
        assert!(
            error["code"].is_string() && error["message"].is_string(),
            "{error}"
        );
    }
    camera.send("{").await;
    assert_eq!(camera.json().await["type"], "error");
    camera
        .send(r#"{"type":"frame","frameNumber":77,"image_base64":"%%%"}"#)
        .await;
    let error = camera.json().await;
    assert_eq!(
        (&error["type"], &error["frameNumber"]),
        (&json!("error"), &json!(77)),
        "{error}"
    );
    camera.send_binary(picture).await;
    assert_eq!(
        camera.json().await["type"],
        "analysis",
        "the connection lives"
    );
}

/// The head of a PNG of 30,000 × 30,000 px.
fn enormous_png() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend(
        [30_000_u32, 30_000]
            .iter()
            .flat_map(|side| side.to_be_bytes()),
    );
    png.extend([8, 2, 0, 0, 0]);
    png.extend(crc(&png[12..]).to_be_bytes());
    png.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    png
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[tokio::test]
async fn a_burst_is_answered_in_order_and_replaced_frames_are_told() {
    let Some(data) = data() else { return };
    let server = server(&data).await;
    let mut camera = camera(&server, "user123").await;
    let frames = pictures(&data, "no_depth");
    for (number, picture) in frames.iter().take(12).enumerate() {
        camera.send(frame(number, picture)).await;
    }
    let mut numbers = Vec::new();
    let mut kinds = Vec::new();
    while numbers.len() < 12 {
        let reply: Value = match camera.next().await {
            Received::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?}"),
        };
        let kind = text(&reply, "type");
        assert!(["analysis", "dropped"].contains(&&*kind), "{reply}");
        kinds.push(kind);
        numbers.push(reply["frameNumber"].as_u64().unwrap());
    }
    assert!(numbers.is_sorted(), "{numbers:?}");
    // A runner that wakes late finds the first replaced already; the newest is looked at in any case.
    assert_eq!(kinds.last().unwrap(), "analysis", "{kinds:?}");
}
