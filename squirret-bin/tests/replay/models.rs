//! `squirret models import` and `verify`.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use super::error;

fn models(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_squirret"))
        .arg("models")
        .args(arguments)
        .env_remove("SQUIRRET_MODEL_DIR")
        .env("SQUIRRET_DATA_DIR", data)
        .output()
        .unwrap()
}

fn case(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("SQUIRRET_TEST_DATA").map(PathBuf::from);
    let path = root
        .map(|root| root.join("cases").join(name))
        .filter(|path| path.is_file());
    if path.is_none() {
        eprintln!("skipped: cases/{name} is not there");
    }
    path
}

#[test]
fn a_manifest_that_contradicts_a_fixed_size_is_refused_with_both_sizes() {
    let Some(path) = case("fixed_input.onnx") else {
        return;
    };
    let data = tempfile::tempdir().unwrap();
    let output = models(data.path(), &["import", path.to_str().unwrap()]);
    assert!(!output.status.success());
    let said = error(&output);
    assert!(
        said.contains("input.size") && said.contains("[256, 192]") && said.contains("[192, 256]"),
        "{said}"
    );
    assert!(!data.path().join("models/fixed_input.onnx").exists());
}

#[test]
fn what_import_takes_verify_finds_good() {
    let Some(path) = case("fixed_input.onnx") else {
        return;
    };
    let data = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(path.with_extension("toml")).unwrap();
    let manifest = data.path().join("right.toml");
    std::fs::write(&manifest, text.replace("[256, 192]", "[192, 256]")).unwrap();
    let imported = models(
        data.path(),
        &[
            "import",
            path.to_str().unwrap(),
            "--name",
            "mine",
            "--manifest",
            manifest.to_str().unwrap(),
        ],
    );
    assert!(imported.status.success(), "{}", error(&imported));
    let verified = models(data.path(), &["verify"]);
    assert!(
        verified.status.success(),
        "{} {}",
        String::from_utf8_lossy(&verified.stdout),
        error(&verified)
    );

    // Without a manifest it can be run, and both say what is missing.
    std::fs::remove_file(data.path().join("models/mine.toml")).unwrap();
    let verified = models(data.path(), &["verify"]);
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(
        verified.status.success() && said.contains("has no manifest"),
        "{said}"
    );

    std::fs::write(data.path().join("models/mine.toml"), text).unwrap();
    let verified = models(data.path(), &["verify"]);
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(
        !verified.status.success() && said.contains("input.size"),
        "{said}"
    );
}
