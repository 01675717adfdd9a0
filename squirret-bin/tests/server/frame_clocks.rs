//! Frames whose time stamps say little: one squat is one repetition.

use serde_json::json;

use crate::{
    frames::{camera, data, pictures, server, shutter},
    support::*,
};

/// The time that a camera states for a frame so many ms after the first, in seconds.
type Stamp = fn(i64, i64) -> Option<f64>;

/// What phones send as `timestamp`.
const STAMPS: [(&str, Stamp); 4] = [
    ("whole seconds", |start, ms| {
        Some(((start + ms) / 1_000) as f64)
    }),
    ("none", |_, _| None),
    ("five minutes behind", |start, ms| {
        Some((start + ms - 300_000) as f64 / 1e3)
    }),
    ("since the app's start", |_, ms| Some(ms as f64 / 1e3)),
];

#[tokio::test]
async fn a_recorded_squat_is_counted_whatever_its_frames_are_stamped_with() {
    let Some(data) = data() else { return };
    let server = server(&data).await;
    let frames = pictures(&data, "olympic_good");
    for (name, stamp) in STAMPS {
        let (guest, _) = server.guest().await;
        let mut camera = camera(&server, &guest).await;
        let (start, mut shutter, mut reps) = (unix_millis(), shutter(), json!(0));
        for (number, picture) in frames.iter().enumerate() {
            shutter.tick().await;
            let image = base64_simd::STANDARD.encode_to_string(picture);
            let mut frame =
                json!({ "type": "frame", "frameNumber": number, "image_base64": image });
            if let Some(stamp) = stamp(start, unix_millis() - start) {
                frame["timestamp"] = stamp.into();
            }
            camera.send(frame.to_string()).await;
            reps = camera.json().await["reps"].clone();
        }
        assert_eq!(reps, 1, "stamps: {name}");
    }
}
