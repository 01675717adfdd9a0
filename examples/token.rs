//! Issues a token, verifies it as the inference plane would, and shows what is refused.
//!
//! ```text
//! cargo run --example token
//! cargo run --example token -- issue SECRET SESSION     # prints a token for other programs
//! cargo run --example token -- verify SECRET TOKEN      # reads one of theirs
//! ```

use squirret::{
    UnixMillis,
    auth::{Audience, Grant, Hs256, Role, TokenService},
};
use std::{error::Error, time::SystemTime};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let now = now()?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => show(now),
        ["issue", secret, session] => {
            let token = Hs256::new(&[("1", secret.as_bytes())])?.issue(&grant(session), now)?;
            println!("{}", token.as_str());
            Ok(())
        }
        ["verify", secret, token] => {
            let tokens = Hs256::new(&[("1", secret.as_bytes())])?;
            println!("{:#?}", tokens.verify(token, Audience::InferenceWs, now)?);
            Ok(())
        }
        _ => Err("usage: token [issue SECRET SESSION | verify SECRET TOKEN]".into()),
    }
}

fn show(now: UnixMillis) -> Result<(), Box<dyn Error>> {
    let old = ("2026-10", b"an old secret of thirty-two bytes".as_slice());
    let new = ("2026-11", b"a new secret of thirty-two bytes!".as_slice());
    let before = Hs256::new(&[old])?;
    let after = Hs256::new(&[new, old])?;

    let token = before.issue(&grant("e0e1c6af-0000-4000-8000-00000000000f"), now)?;
    println!(
        "issued:            {} bytes, signed with {}",
        token.as_str().len(),
        old.0
    );

    let claims = after.verify(token.as_str(), Audience::InferenceWs, now)?;
    println!(
        "after rotation:    accepted, {:?} of session {}",
        claims.role, claims.subject
    );

    let refused = [
        (
            "for STOMP",
            after.verify(token.as_str(), Audience::StompWs, now),
        ),
        (
            "16 minutes later",
            after.verify(token.as_str(), Audience::InferenceWs, now.plus(16 * 60_000)),
        ),
        (
            "without old key",
            Hs256::new(&[new])?.verify(token.as_str(), Audience::InferenceWs, now),
        ),
        (
            "without signature",
            after.verify(unsigned(token.as_str()), Audience::InferenceWs, now),
        ),
    ];
    for (how, result) in refused {
        let error = result
            .err()
            .ok_or("a token that should be refused was accepted")?;
        println!("{:18} refused, {error}", format!("{how}:"));
    }
    Ok(())
}

fn grant(session: &str) -> Grant {
    Grant {
        subject: session.into(),
        audience: Audience::InferenceWs,
        role: Role::Inference,
        user: Some("user123".into()),
    }
}

fn unsigned(token: &str) -> &str {
    token.rfind('.').map_or(token, |dot| &token[..=dot])
}

fn now() -> Result<UnixMillis, Box<dyn Error>> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(UnixMillis(i64::try_from(since.as_millis())?))
}
