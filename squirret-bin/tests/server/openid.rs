//! Signing in with an identity provider: what its ID token must say, and where its keys come from.

use crate::{keys::EC_PRIVATE, signed::es256, support::*};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
};

const ISSUER: &str = "https://id.example.org";
const USER: &str = "7d444840-9dc0-11d1-b245-5ffdce74fad2";
const EMAIL: &str = "user@example.org";

/// The provider's public key (RFC 7515, appendix A.3) under an id.
fn keys(kid: &str) -> String {
    let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    let y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
    let key = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "use": "sig" });
    json!({ "keys": [key] }).to_string()
}

fn id_claims() -> Value {
    let now = claims("", "", 600);
    json!({
        "iss": ISSUER, "aud": "app", "sub": USER, "email": EMAIL, "email_verified": true,
        "iat": now["iat"], "exp": now["exp"],
    })
}

fn with(field: &str, value: Value) -> Value {
    let mut claims = id_claims();
    claims[field] = value;
    claims
}

/// An ID token of the provider.
fn id_token(claims: &Value, kid: &str) -> String {
    es256(EC_PRIVATE, kid, claims)
}

async fn server(source: &str, more: &[(&str, &str)]) -> Server {
    let own = [
        ("SQUIRRET_AUTH_OIDC_ISSUER", ISSUER),
        ("SQUIRRET_AUTH_OIDC_AUDIENCE", "app"),
        ("SQUIRRET_AUTH_OIDC_KEYS", source),
        ("SQUIRRET_AUTH_KEY_CHECK", "20ms"),
    ];
    Server::with(&[&own, more].concat()).await
}

async fn sign_in(server: &Server, id_token: Option<&str>) -> Reply {
    let (session, token) = server.guest().await;
    let mut body = json!({ "userId": USER, "sessionId": session, "email": EMAIL });
    if let Some(id_token) = id_token {
        body["idToken"] = id_token.into();
    }
    let proof = format!("authorization: Bearer {token}\r\ncontent-type: application/json\r\n");
    request(server, "POST", "/auth/upgrade", &proof, &body.to_string()).await
}

#[tokio::test]
async fn a_user_is_who_the_provider_says() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("provider.json");
    std::fs::write(&file, keys("p1")).unwrap();
    for mode in ["open", "bearer"] {
        let server = server(file.to_str().unwrap(), &[("SQUIRRET_AUTH_MODE", mode)]).await;
        let good = sign_in(&server, Some(&id_token(&id_claims(), "p1"))).await;
        assert_eq!(good.status, 200, "{good:?}");

        let foreign = token(&id_claims());
        let unsigned = format!(
            "{}.",
            id_token(&id_claims(), "p1").rsplit_once('.').unwrap().0
        );
        for (what, id_token, status) in [
            ("none", None, 401),
            ("no token", Some("x".to_owned()), 401),
            ("our own secret's", Some(foreign), 401),
            ("an unsigned one", Some(unsigned), 401),
            ("another key's", Some(id_token(&id_claims(), "p2")), 401),
            (
                "another issuer's",
                Some(id_token(
                    &with("iss", "https://evil.example.org".into()),
                    "p1",
                )),
                401,
            ),
            (
                "another app's",
                Some(id_token(&with("aud", "other".into()), "p1")),
                401,
            ),
            (
                "an old one",
                Some(id_token(&with("exp", 1_000_000_000.into()), "p1")),
                401,
            ),
            (
                "another user's",
                Some(id_token(
                    &with("sub", "e0e1c6af-0000-4000-8000-00000000000f".into()),
                    "p1",
                )),
                403,
            ),
            (
                "another address's",
                Some(id_token(&with("email", "x@example.org".into()), "p1")),
                403,
            ),
            (
                "an unverified address's",
                Some(id_token(&with("email_verified", false.into()), "p1")),
                403,
            ),
        ] {
            let reply = sign_in(&server, id_token.as_deref()).await;
            assert_eq!(reply.status, status, "{what} in {mode}: {reply:?}");
            let told = reply.body.to_string();
            assert!(id_token.is_none_or(|token| token.len() < 9 || !told.contains(&token)));
        }
    }
}

#[tokio::test]
async fn a_subject_that_is_no_uuid_signs_in_and_stays_the_same_user() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("provider.json");
    // A key set of a real provider: some of its keys are of kinds that are not used here.
    let unusable = r#"{"keys":[{"kty":null,"kid":"p0"},{"kty":"RSA","alg":"PS256","kid":"p1"},{"kty":"EC","crv":"P-384","alg":"ES384","kid":"p3"},"#;
    let set = keys("p1").replacen("{\"keys\":[", unusable, 1);
    std::fs::write(&file, set).unwrap();
    let server = server(file.to_str().unwrap(), &[("SQUIRRET_AUTH_MODE", "bearer")]).await;
    let sign_in = async |subject: &str, claimed: &str| {
        let (session, token) = server.guest().await;
        let id_token = id_token(&with("sub", subject.into()), "p1");
        let body =
            json!({ "userId": claimed, "sessionId": session, "email": EMAIL, "idToken": id_token });
        let proof = format!("authorization: Bearer {token}\r\ncontent-type: application/json\r\n");
        request(&server, "POST", "/auth/upgrade", &proof, &body.to_string()).await
    };
    let mut users = std::collections::HashSet::new();
    for subject in [
        "001234.0123456789abcdef0123456789abcdef.1234",
        "110169484474386276334",
        "1234567890",
        "auth0|5f7c8ec7c33c6c004bbafe82",
    ] {
        let first = sign_in(subject, subject).await;
        assert_eq!(first.status, 200, "{first:?}");
        let user = text(&first.body, "userId");
        assert_eq!(text(&sign_in(subject, subject).await.body, "userId"), user);
        assert!(users.insert(user), "another user for each subject");
        let foreign = sign_in(subject, "1234567891").await;
        assert_refused(&foreign, 403, "FORBIDDEN", "/auth/upgrade");
    }
}

#[tokio::test]
async fn a_user_id_that_is_no_uuid_needs_a_provider() {
    let server = Server::start().await;
    let (session, _) = server.guest().await;
    let body = json!({ "userId": "1234567890", "sessionId": session, "email": EMAIL });
    let refused = post(server.control, "/auth/upgrade", &body).await;
    assert_refused(&refused, 400, "VALIDATION_ERROR", "/auth/upgrade");
}

#[tokio::test]
async fn a_file_of_keys_is_read_again_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("provider.json");
    std::fs::write(&file, keys("old")).unwrap();
    let server = server(file.to_str().unwrap(), &[("SQUIRRET_LIMITS", "off")]).await;
    let token = id_token(&id_claims(), "new");
    assert_eq!(sign_in(&server, Some(&token)).await.status, 401);
    std::fs::write(&file, "{").unwrap();
    std::fs::write(&file, keys("new")).unwrap();
    until("the new key counts", async || {
        sign_in(&server, Some(&token)).await.status == 200
    })
    .await;
}

/// A provider that answers with its newest set of keys and counts how often it is asked.
struct Keeper {
    address: SocketAddr,
    keys: Arc<parking_lot::Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl Keeper {
    async fn start(tls: Option<tokio_rustls::TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let keys = Arc::new(parking_lot::Mutex::new(keys("1")));
        let asked = Arc::new(AtomicUsize::new(0));
        let (own, count) = (Arc::clone(&keys), Arc::clone(&asked));
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let keys = own.lock().clone();
                match &tls {
                    None => answer(socket, &keys).await,
                    Some(tls) => match tls.accept(socket).await {
                        Ok(socket) => answer(socket, &keys).await,
                        Err(_) => continue,
                    },
                }
            }
        });
        Self {
            address,
            keys,
            asked,
        }
    }
}

async fn answer(socket: impl AsyncRead + AsyncWrite + Unpin, keys: &str) {
    let mut socket = BufReader::new(socket);
    let mut line = String::new();
    while socket.read_line(&mut line).await.is_ok_and(|read| read > 2) {
        line.clear();
    }
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{keys}",
        keys.len()
    );
    let _ = socket.write_all(answer.as_bytes()).await;
    let _ = socket.shutdown().await;
}

#[tokio::test]
async fn an_address_is_asked_again_for_an_unknown_key_but_not_for_each_forged_token() {
    let keeper = Keeper::start(None).await;
    let source = format!("http://{}/keys", keeper.address);
    let server = server(&source, &[("SQUIRRET_LIMITS", "off")]).await;
    let good = id_token(&id_claims(), "1");
    until("the keys are there", async || {
        sign_in(&server, Some(&good)).await.status == 200
    })
    .await;
    let before = keeper.asked.load(Ordering::SeqCst);
    for kid in 0..20 {
        let forged = id_token(&id_claims(), &format!("forged-{kid}"));
        assert_eq!(sign_in(&server, Some(&forged)).await.status, 401);
    }
    assert!(keeper.asked.load(Ordering::SeqCst) <= before + 1);
    *keeper.keys.lock() = keys("2");
    server.hang_up();
    let next = id_token(&id_claims(), "2");
    until("the new key counts", async || {
        sign_in(&server, Some(&next)).await.status == 200
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_does_not_answer_lets_nobody_in_and_says_when_to_come_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let source = format!("http://{}/keys", listener.local_addr().unwrap());
    drop(listener);
    let server = server(&source, &[]).await;
    let reply = sign_in(&server, Some(&id_token(&id_claims(), "1"))).await;
    assert_refused(&reply, 503, "OVERLOADED", "/auth/upgrade");
    assert!(reply.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn an_address_is_believed_only_with_a_certificate_that_the_machine_trusts() {
    let folder = tempfile::tempdir().unwrap();
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let chain = vec![own.cert.der().clone()];
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key.into())
        .unwrap();
    let keeper = Keeper::start(Some(Arc::new(tls).into())).await;
    let source = format!("https://localhost:{}/keys", keeper.address.port());
    let good = id_token(&id_claims(), "1");
    for (name, trusted, status) in [("own.pem", &own, 200), ("other.pem", &other, 503)] {
        let roots = folder.path().join(name);
        std::fs::write(&roots, trusted.cert.pem()).unwrap();
        let server = server(&source, &[("SSL_CERT_FILE", roots.to_str().unwrap())]).await;
        assert_eq!(sign_in(&server, Some(&good)).await.status, status, "{name}");
    }
}

#[tokio::test]
async fn half_a_provider_is_no_configuration() {
    let refused = std::process::Command::new(env!("CARGO_BIN_EXE_squirret"))
        .args(["config", "--set", "auth.oidc_issuer=https://id.example.org"])
        .output()
        .unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success());
    assert!(said.contains("go together"), "{said}");
    let refused = std::process::Command::new(env!("CARGO_BIN_EXE_squirret"))
        .args([
            "config",
            "--set",
            "auth.oidc_keys=http://id.example.org/keys",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        said.contains("auth.oidc_keys: must be a file, an https:// address"),
        "{said}"
    );
}
