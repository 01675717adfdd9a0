//! Keys of a folder: which signs, which are accepted, and how they change while people squat.

use crate::{signed::hs256, support::*};
use serde_json::{Value, json};
use std::{
    path::Path,
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// RFC 8037, appendix A.1, and RFC 7515, appendix A.3: known to everybody, good for tests and for nothing else.
pub const ED_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
";
const ED_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
";
pub const EC_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff
H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp
7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt
-----END PRIVATE KEY-----
";

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// A server with the keys of a folder and no secret. The folder is looked at often when `watched`, else never.
async fn server(folder: &Path, watched: bool, more: &[(&str, &str)]) -> Server {
    let own = [
        ("SQUIRRET_AUTH_KEY_DIR", folder.to_str().unwrap()),
        (
            "SQUIRRET_AUTH_KEY_CHECK",
            if watched { "20ms" } else { "1h" },
        ),
        ("JWT_SECRET", ""),
    ];
    Server::with(&[&own, more].concat()).await
}

/// The ids of the public keys.
async fn public(server: &Server) -> Vec<String> {
    let keys = get(server.control, "/.well-known/jwks.json").await.body;
    let keys = keys["keys"].as_array().unwrap().clone();
    keys.iter().map(|key| text(key, "kid")).collect()
}

/// The key that signs now.
async fn signs(server: &Server) -> String {
    text(&header_of(&server.guest().await.1), "kid")
}

#[tokio::test]
async fn keys_change_under_living_connections() {
    let folder = folder(&[("2026-05.pem", ED_PRIVATE)]);
    let server = server(folder.path(), true, &[("SQUIRRET_LIMITS", "off")]).await;
    let (session, old) = server.guest().await;
    assert_eq!(
        header_of(&old),
        json!({ "typ": "JWT", "alg": "EdDSA", "kid": "2026-05" })
    );
    let mut stomp = Stomp::connect(&server, &old).await;
    stomp.subscribe("s", QUEUE).await;

    std::fs::write(folder.path().join("2026-11.pem"), EC_PRIVATE).unwrap();
    until("the newest by name signs", async || {
        signs(&server).await == "2026-11"
    })
    .await;
    assert_eq!(public(&server).await, ["2026-11", "2026-05"]);
    stomp.sync().await;
    Stomp::connect(&server, &old).await;
    let fresh = refreshed(&server, &session, &old).await;
    assert_eq!(header_of(&fresh)["alg"], "ES256");
    assert_eq!(renew(&mut stomp, &fresh).await["type"], "ACK");

    std::fs::remove_file(folder.path().join("2026-05.pem")).unwrap();
    until("the old key is gone", async || {
        public(&server).await == ["2026-11"]
    })
    .await;
    let Err(refused) = Ws::try_open(server.control, &format!("/ws?token={old}"), &[]).await else {
        panic!("a token of a key that is gone was taken")
    };
    assert_refused(&refused, 401, "UNAUTHORIZED", "/ws");
    let told = renew(&mut stomp, &old).await;
    assert_eq!(told["payload"]["code"], "UNAUTHORIZED");
    stomp.sync().await;
    Stomp::connect(&server, &fresh).await;
}

async fn refreshed(server: &Server, session: &str, token: &str) -> String {
    let path = format!("/api/session/{session}/refresh");
    let proof = format!("authorization: Bearer {token}\r\n");
    let reply = request(server, "POST", &path, &proof, "").await;
    text(&reply.body, "wsToken")
}

/// What a connection is told of a token for its renewal.
async fn renew(stomp: &mut Stomp, token: &str) -> Value {
    stomp
        .tell(&json!({ "type": "TOKEN", "payload": { "token": token } }))
        .await;
    loop {
        let told = stomp.frame().await.json();
        if told["type"] == "ACK" || told["type"] == "ERROR" {
            return told;
        }
    }
}

#[tokio::test]
async fn a_hangup_reads_the_keys_at_once_and_broken_ones_change_nothing() {
    let folder = folder(&[("a.pem", ED_PRIVATE)]);
    let server = server(folder.path(), false, &[("SQUIRRET_LIMITS", "off")]).await;
    let (_, token) = server.guest().await;

    // Half of a key: as if it were still being written.
    std::fs::write(folder.path().join("b.pem"), &EC_PRIVATE[..60]).unwrap();
    server.hang_up();
    std::fs::write(folder.path().join("c.secret"), format!("{SECRET}\n")).unwrap();
    server.hang_up();
    Stomp::connect(&server, &token).await;
    assert_eq!(signs(&server).await, "a");

    std::fs::write(folder.path().join("b.pem"), EC_PRIVATE).unwrap();
    server.hang_up();
    until("the last by name signs", async || {
        signs(&server).await == "c"
    })
    .await;
    assert_eq!(
        public(&server).await,
        ["b", "a"],
        "a shared secret is not published"
    );
    let keys = get(server.control, "/.well-known/jwks.json").await;
    assert!(!keys.body.to_string().contains("secret"), "{keys:?}");
    assert_eq!(
        keys.headers["content-type"],
        "application/json; charset=utf-8"
    );
    assert_eq!(keys.headers["cache-control"], "public, max-age=300");
    for private in ["d", "k", "p", "q"] {
        let keys = keys.body["keys"].as_array().unwrap();
        assert!(keys.iter().all(|key| key.get(private).is_none()));
    }
}

#[tokio::test]
async fn a_server_with_a_secret_alone_publishes_no_key() {
    let server = Server::start().await;
    let keys = get(server.control, "/.well-known/jwks.json").await;
    assert_eq!((keys.status, keys.body), (200, json!({ "keys": [] })));
}

#[tokio::test]
async fn a_secret_of_the_configuration_is_accepted_behind_the_folders_keys() {
    let folder = folder(&[("new.pem", ED_PRIVATE)]);
    let server = server(folder.path(), false, &[("JWT_SECRET", SECRET)]).await;
    assert_eq!(signs(&server).await, "new");
    let (session, _) = server.guest().await;
    Stomp::connect(&server, &token(&claims(&session, "stomp-ws", 600))).await;
}

#[tokio::test]
async fn an_inference_plane_works_with_public_keys_only() {
    let private = folder(&[("1.pem", ED_PRIVATE)]);
    let control = server(private.path(), false, &[("SQUIRRET_ROLE", "control")]).await;
    let created = post(control.control, "/api/session", &json!({ "userId": "me" })).await;
    let (id, good) = (
        text(&created.body, "sessionId"),
        text(&created.body, "wsToken"),
    );

    let keys = get(control.control, "/.well-known/jwks.json").await;
    let as_pem = folder(&[("1.pem", ED_PUBLIC)]);
    let as_jwks = folder(&[("control.json", &keys.body.to_string())]);
    for public in [&as_pem, &as_jwks] {
        let plane = server(public.path(), false, &[("SQUIRRET_ROLE", "inference")]).await;
        let open = async |token: &str| {
            let path = format!("/ws/{id}?token={token}");
            match Ws::try_open(plane.inference, &path, &[]).await {
                Ok(_) => panic!("upgraded without a model"),
                Err(reply) => reply.status,
            }
        };
        assert_eq!(
            open(&good).await,
            503,
            "the token counts, there is no model"
        );
        for secret in [ED_PUBLIC, ED_PUBLIC.trim(), SECRET] {
            let forged = hs256(secret.as_bytes(), "1", &claims(&id, "inference-ws", 600));
            assert_eq!(open(&forged).await, 401, "a public key is never a secret");
        }
    }
}

/// What a server says that does not start.
fn refusal(settings: &[(&str, &str)]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_squirret"))
        .arg("serve")
        .env("SQUIRRET_CONTROL_LISTEN", "127.0.0.1:0")
        .env("SQUIRRET_INFERENCE_LISTEN", "127.0.0.1:0")
        .env("SQUIRRET_MODEL_INSTALL", "false")
        .env_remove("JWT_SECRET")
        .envs(settings.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn keys_that_cannot_be_used_are_told_by_name_at_the_start() {
    let short = "0123456789abcdef0123456789abcde";
    for (name, text, told) in [
        ("a.pem", ED_PUBLIC, "the control plane has to sign tokens"),
        ("a.pem", "hello", "a.pem"),
        ("a.secret", short, "at least 32 bytes"),
        ("a.json", "{}", "a.json"),
        ("notes.txt", "no key", "at least one key is required"),
        ("a b.pem", ED_PRIVATE, "a b.pem"),
    ] {
        let folder = folder(&[(name, text)]);
        let path = folder.path().to_str().unwrap();
        let said = refusal(&[("SQUIRRET_AUTH_KEY_DIR", path)]);
        assert!(said.contains(told), "{name}: {said}");
        assert!(!said.contains(short), "{said}");
    }
    let said = refusal(&[("SQUIRRET_AUTH_KEY_DIR", "/nowhere/at/all")]);
    assert!(said.contains("auth.key_dir: /nowhere/at/all"), "{said}");
    let folder = folder(&[("1.pem", ED_PRIVATE)]);
    let said = refusal(&[
        ("SQUIRRET_AUTH_KEY_DIR", folder.path().to_str().unwrap()),
        ("JWT_SECRET", SECRET),
    ]);
    assert!(said.contains("is used twice"), "ids are unique: {said}");
}

/// The commands of the README's section, run as they stand.
#[tokio::test]
async fn the_readmes_commands_make_keys_that_work() {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("skipped: openssl is missing");
        return;
    }
    let readme = include_str!("../../../README.md");
    let (_, section) = readme.split_once("\n## Keys and tokens\n").unwrap();
    let (_, block) = section.split_once("```sh\n").unwrap();
    let (script, _) = block.split_once("```").unwrap();
    let script = script.split("# start each").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new("sh")
        .args(["-euc", script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    let server = server(&folder.path().join("keys"), false, &[]).await;
    assert_eq!(public(&server).await.len(), 2);
    let (_, token) = server.guest().await;
    Stomp::connect(&server, &token).await;
    let plane = folder.path().join("public-keys");
    let other = self::server(&plane, false, &[("SQUIRRET_ROLE", "inference")]).await;
    assert_eq!(get(other.inference, "/healthz").await.status, 200);
}
