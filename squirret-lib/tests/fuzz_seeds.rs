//! What the fuzz targets start from, through their bodies: bytes of real clients, and what was once found.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use squirret::{auth, stomp, wire};

/// Runs a target's body over its seeds.
fn run(target: &str, body: impl Fn(&[u8])) {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/seeds")
        .join(target);
    let seeds: Vec<_> = fs::read_dir(&folder).unwrap().map(Result::unwrap).collect();
    assert!(!seeds.is_empty(), "{}", folder.display());
    for seed in seeds {
        println!("{}", seed.path().display());
        body(&fs::read(seed.path()).unwrap());
    }
}

#[test]
fn streams_of_real_clients_decode_however_they_are_split() {
    run("stomp_decode", stomp::fuzzing::check_decode);
}

#[test]
fn sessions_of_real_clients_keep_their_promises() {
    run("stomp_session", |data| {
        stomp::fuzzing::check_session(data, Instant::now());
    });
}

#[test]
fn uploads_of_the_firmware_and_the_app_keep_their_rules() {
    run("fsr_json", wire::fuzzing::fsr_json);
}

#[test]
fn bodies_and_frames_of_the_app_keep_their_rules() {
    run("inference_message", wire::fuzzing::inference_message);
    run("client_message", wire::fuzzing::client_message);
}

#[test]
fn tokens_keep_their_rules() {
    run("token_verify", auth::fuzzing::token_verify);
    run("openid", auth::fuzzing::openid);
}
