//! What the fuzz targets start from (bytes of real clients, and what was once found) and what lies near it, through the
//! targets' bodies: a small fuzzer for every compiler. `SQUIRRET_FUZZ_ROUNDS` changes each seed more often.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use squirret::{auth, stomp, wire};

/// Changed copies of each seed, unless the environment says otherwise.
const ROUNDS: usize = 100;

/// Octets that give these languages their shape.
const TELLING: &[u8] = b"\0\n\r:\\\"{}[],.-0129eE=_/ \x7f\xc3\xff";

/// Runs a target's body over its seeds and their changed copies.
fn run(target: &str, body: impl Fn(&[u8])) {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/seeds")
        .join(target);
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(!seeds.is_empty(), "{}", folder.display());
    let rounds = std::env::var("SQUIRRET_FUZZ_ROUNDS");
    let rounds = rounds.map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for (seed, path) in seeds.iter().zip(&paths) {
        body(seed);
        for _ in 0..rounds {
            let mut data = seed.clone();
            for _ in 0..=dice.below(4) {
                change(&mut data, &seeds, &mut dice);
            }
            let told = Told { path, data: &data };
            body(told.data);
        }
    }
}

/// Tells what was tried when a body panics.
struct Told<'a> {
    path: &'a Path,
    data: &'a [u8],
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}: {}", self.path.display(), self.data.escape_ascii());
        }
    }
}

/// Numbers that look random and are the same in each run (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

/// One change: an octet, a piece less, a piece twice, or a piece of another seed.
fn change(data: &mut Vec<u8>, seeds: &[Vec<u8>], dice: &mut Dice) {
    let at = dice.below(data.len() + 1);
    let end = (at + dice.below(16)).min(data.len());
    match dice.below(6) {
        0 if at < data.len() => data[at] ^= 1 << dice.below(8),
        1 if at < data.len() => data[at] = TELLING[dice.below(TELLING.len())],
        2 => drop(data.drain(at..end)),
        3 => {
            let piece = data[at..end].to_vec();
            data.splice(at..at, piece);
        }
        4 => {
            let other = &seeds[dice.below(seeds.len())];
            let from = dice.below(other.len() + 1);
            let to = (from + dice.below(64)).min(other.len());
            data.splice(at..at, other[from..to].iter().copied());
        }
        _ => data.insert(at, TELLING[dice.below(TELLING.len())]),
    }
}

#[test]
fn streams_like_those_of_real_clients_decode_however_they_are_split() {
    run("stomp_decode", stomp::fuzzing::check_decode);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "an instant has no beginning to start from but now"
)]
fn sessions_like_those_of_real_clients_keep_their_promises() {
    run("stomp_session", |data| {
        stomp::fuzzing::check_session(data, Instant::now());
    });
}

#[test]
fn uploads_like_the_firmwares_and_the_apps_keep_their_rules() {
    run("fsr_json", wire::fuzzing::fsr_json);
}

#[test]
fn bodies_and_frames_like_the_apps_keep_their_rules() {
    run("inference_message", wire::fuzzing::inference_message);
    run("client_message", wire::fuzzing::client_message);
}

#[test]
fn tokens_and_key_sets_keep_their_rules() {
    run("token_verify", auth::fuzzing::token_verify);
    run("openid", auth::fuzzing::openid);
}
