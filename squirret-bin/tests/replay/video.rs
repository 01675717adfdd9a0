//! Videos through the machine's own ffmpeg.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::{error, lines};

fn ffmpeg(arguments: &[&str]) -> bool {
    let status = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-y"])
        .args(arguments)
        .status();
    status.is_ok_and(|status| status.success())
}

/// A folder of pictures of one squat, and the models; `None` where they or ffmpeg are missing.
fn data() -> Option<(PathBuf, PathBuf)> {
    let Some(root) = std::env::var_os("SQUIRRET_TEST_DATA").map(PathBuf::from) else {
        eprintln!("skipped: SQUIRRET_TEST_DATA is not set");
        return None;
    };
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        eprintln!("skipped: there is no ffmpeg");
        return None;
    }
    let (pictures, models) = (
        root.join("data/squat-video/olympic_good"),
        root.join("models"),
    );
    if !pictures.is_dir() || !models.join("blazepose-lite.onnx").is_file() {
        eprintln!("skipped: {} or the models are missing", pictures.display());
        return None;
    }
    Some((pictures, models))
}

fn replay(arguments: &[&str], path: &Path, models: &Path) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_squirret"))
        .args(["replay", "--language", "en"])
        .args(arguments)
        .arg(path)
        .env("SQUIRRET_MODEL_DIR", models)
        .env("SQUIRRET_MODEL_NAME", "blazepose-lite")
        .output()
        .unwrap()
}

fn film(pictures: &Path, path: &Path, options: &[&str]) {
    let pattern = pictures.join("%04d.jpg");
    let arguments = [
        &["-framerate", "12.5", "-i", pattern.to_str().unwrap()],
        options,
        &[path.to_str().unwrap()],
    ]
    .concat();
    assert!(ffmpeg(&arguments), "{arguments:?}");
}

#[test]
fn a_video_is_judged_by_its_stamps_as_its_frames_are() {
    let Some((pictures, models)) = data() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let expected = lines(&replay(&["--json", "--fps", "12.5"], &pictures, &models)).remove(0);
    let reps = |clip: &Value| clip["reps"].as_array().unwrap().len();
    assert_eq!(reps(&expected), 1, "{expected}");
    for (name, options) in [
        (
            "clip.mp4",
            &[
                "-c:v",
                "libx264",
                "-crf",
                "10",
                "-pix_fmt",
                "yuv420p",
                "-vf",
                "scale=240:426",
            ][..],
        ),
        (
            "clip.webm",
            &["-c:v", "libvpx", "-b:v", "2M", "-deadline", "realtime"],
        ),
        ("clip.avi", &["-c:v", "mjpeg", "-q:v", "2"]),
        ("clip.gif", &[]),
    ] {
        let path = folder.path().join(name);
        film(&pictures, &path, options);
        // The rate of the command line must not count: the video has stamps.
        let told = lines(&replay(&["--json", "--fps", "60"], &path, &models)).remove(0);
        assert_eq!(
            (reps(&told), &told["status"]),
            (1, &expected["status"]),
            "{name}: {told}"
        );
        let seconds = |clip: &Value| clip["seconds"].as_f64().unwrap();
        assert!(
            (seconds(&told) - seconds(&expected)).abs() < 0.2,
            "{name}: {told}"
        );
    }
}

#[test]
fn a_video_that_lies_on_its_side_is_turned_and_can_be_drawn_on() {
    let Some((pictures, models)) = data() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let lying = folder.path().join("lying.mp4");
    film(
        &pictures,
        &lying,
        &[
            "-c:v",
            "libx264",
            "-crf",
            "10",
            "-pix_fmt",
            "yuv420p",
            "-vf",
            "scale=240:426,transpose=2",
        ],
    );
    let turned = folder.path().join("it's: turned.mov");
    let arguments = [
        "-display_rotation",
        "-90",
        "-i",
        lying.to_str().unwrap(),
        "-c",
        "copy",
        turned.to_str().unwrap(),
    ];
    if !ffmpeg(&arguments) {
        // ffmpeg before 6 writes the rotation as a tag.
        assert!(ffmpeg(&[
            "-i",
            lying.to_str().unwrap(),
            "-c",
            "copy",
            "-metadata:s:v",
            "rotate=270",
            turned.to_str().unwrap()
        ]));
    }
    let drawn = folder.path().join("drawn.mp4");
    let output = replay(
        &["--json", "--video", drawn.to_str().unwrap()],
        &turned,
        &models,
    );
    let told = lines(&output).remove(0);
    assert_eq!(told["reps"].as_array().unwrap().len(), 1, "{told}");
    let probe = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-select_streams",
            "v:0",
            "-show_entries",
            "stream=width,height,duration",
            "-of",
            "csv=p=0",
        ])
        .arg(&drawn)
        .output()
        .unwrap();
    let text = String::from_utf8(probe.stdout).unwrap();
    assert!(text.starts_with("240,426,4.5"), "{text} {}", error(&output));
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        left.iter()
            .all(|name| !name.to_string_lossy().contains(".part")),
        "{left:?}"
    );
}

#[test]
fn a_video_that_cannot_be_read_is_told_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = super::file(&folder, "bad.mp4", b"\0\0\0\x20ftypisomgarbage");
    let output = super::replay(&["--json"], &path);
    assert!(!output.status.success());
    let said = error(&output);
    assert!(
        said.contains("bad.mp4: ") && said.contains("ffmpeg"),
        "{said}"
    );

    let output = Command::new(env!("CARGO_BIN_EXE_squirret"))
        .arg("replay")
        .arg(&path)
        .env("PATH", "")
        .env("SQUIRRET_DATA_DIR", folder.path())
        .output()
        .unwrap();
    assert!(
        error(&output).contains("videos need ffmpeg"),
        "{}",
        error(&output)
    );
}

#[test]
fn pictures_stand_in_natural_order_and_damaged_ones_are_passed_over() {
    let Some((pictures, models)) = data() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    // Names without leading zeros, whose order by letters is another.
    for number in 1..=57 {
        let from = pictures.join(format!("{number:04}.jpg"));
        std::fs::copy(from, folder.path().join(format!("frame{number}.jpg"))).unwrap();
    }
    let place = |name: &str| folder.path().join(name);
    // As phones and screens make them: 12 million px, and a PNG of more than 2 MiB.
    let large = |name: &str, scale: &str| {
        let from = place(&format!("{name}.jpg"));
        let to = place(&format!(
            "{name}.{}",
            if scale.contains("noise") {
                "png"
            } else {
                "jpeg"
            }
        ));
        assert!(ffmpeg(&[
            "-i",
            from.to_str().unwrap(),
            "-vf",
            scale,
            "-q:v",
            "2",
            to.to_str().unwrap()
        ]));
        std::fs::remove_file(from).unwrap();
        std::fs::metadata(to).unwrap().len()
    };
    large("frame3", "scale=2998:4000");
    let bytes = large("frame5", "scale=1080:1920,noise=alls=20:allf=t");
    assert!(bytes > 2 << 20, "{bytes}");
    std::fs::write(place("._frame1.jpg"), "macOS").unwrap();
    std::fs::write(place("frame20.jpg"), "").unwrap();
    let half = std::fs::read(place("frame25.jpg")).unwrap();
    std::fs::write(place("frame25.jpg"), &half[..half.len() / 2]).unwrap();
    let told = lines(&replay(
        &["--json", "--fps", "12.5"],
        folder.path(),
        &models,
    ))
    .remove(0);
    assert_eq!(told["reps"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!(told["seconds"], 4.48);
    let remarks = told["remarks"].to_string();
    for words in [
        "begins with a dot",
        "frame20.jpg: passed over",
        "frame25.jpg: passed over",
    ] {
        assert!(remarks.contains(words), "{remarks}");
    }
    assert_eq!(told["remarks"].as_array().unwrap().len(), 3, "{remarks}");
}
