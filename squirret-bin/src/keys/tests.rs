use super::*;
use crate::config::{Config, Sources};
use std::path::Path;

fn config(folder: Option<&Path>, secret: Option<&str>) -> AuthConfig {
    let mut flags = Vec::new();
    if let Some(folder) = folder {
        flags.push(("auth.key_dir".to_owned(), folder.display().to_string()));
    }
    if let Some(secret) = secret {
        flags.push(("auth.secret".to_owned(), secret.to_owned()));
    }
    let sources = Sources::new(toml::Table::new(), [], flags);
    Config::load(sources).unwrap().auth
}

fn secrets(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        std::fs::write(folder.path().join(name), format!("{name:_<40}\n")).unwrap();
    }
    folder
}

fn ids(config: &AuthConfig) -> Vec<String> {
    let data = tempfile::tempdir().unwrap();
    let keys = Keys::load(config, true, Some(data.path())).unwrap();
    let ring = keys.service.ring();
    ring.keys().iter().map(|key| key.kid().to_owned()).collect()
}

#[test]
fn the_last_by_name_comes_first_and_the_configurations_secret_last() {
    let folder = secrets(&["2026-05.secret", "2026-11.secret", "2025.secret"]);
    let secret = "0123456789abcdef0123456789abcdef";
    assert_eq!(
        ids(&config(Some(folder.path()), Some(secret))),
        ["2026-11", "2026-05", "2025", "1"]
    );
    assert_eq!(ids(&config(None, Some(secret))), ["1"]);
    assert_eq!(ids(&config(None, None)), ["1"], "a random one");
}

#[test]
fn hidden_files_folders_and_other_endings_are_no_keys() {
    let folder = secrets(&["a.secret", ".b.secret", "README.md", "c.secret~"]);
    std::fs::create_dir(folder.path().join("d.secret")).unwrap();
    assert_eq!(ids(&config(Some(folder.path()), None)), ["a"]);
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let folder = secrets(&[]);
    std::fs::write(folder.path().join("a.secret"), vec![b'x'; 64 * 1024]).unwrap();
    assert_eq!(ids(&config(Some(folder.path()), None)), ["a"]);
    std::fs::write(folder.path().join("a.secret"), vec![b'x'; 64 * 1024 + 1]).unwrap();
    let refused = Keys::load(&config(Some(folder.path()), None), true, None).unwrap_err();
    assert!(
        refused.to_string().contains("larger than 65536 bytes"),
        "{refused}"
    );
}

#[test]
fn a_secret_that_is_not_kept_ends_with_its_process() {
    let of = || Keys::load(&config(None, None), true, None).unwrap().service;
    let grant = squirret::auth::Grant {
        subject: "s".into(),
        audience: squirret::auth::Audience::StompWs,
        role: squirret::auth::Role::Guest,
        user: None,
    };
    let now = squirret::UnixMillis(1_730_892_345_000);
    let token = of().issue(&grant, now).unwrap();
    let audience = squirret::auth::Audience::StompWs;
    assert!(of().verify(token.as_str(), audience, now).is_err());
    let data = tempfile::tempdir().unwrap();
    let kept = || {
        let keys = Keys::load(&config(None, None), true, Some(data.path()));
        keys.unwrap().service
    };
    let token = kept().issue(&grant, now).unwrap();
    assert!(kept().verify(token.as_str(), audience, now).is_ok());
}
